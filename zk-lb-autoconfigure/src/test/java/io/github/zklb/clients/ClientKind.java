package io.github.zklb.clients;

import java.util.List;
import org.springframework.context.ConfigurableApplicationContext;

/** One of the ways in which a Spring application sends requests. */
public interface ClientKind {

    /** Its name in the documentation. */
    String title();

    /** Starts an application that has this client. Kinds that give the same one share an application in a test. */
    ClientApplication application();

    /** The client in such an application. */
    BalancedClient client(ConfigurableApplicationContext application);

    /** Whether it is the client that sends the request, so that calls are counted, and not the caller himself. */
    default boolean countsCalls() {
        return true;
    }

    /** The properties with which the client tries twice more after a status of 503; none if it never tries again. */
    default List<String> twoRetries() {
        return List.of(
                "spring.cloud.loadbalancer.retry.enabled=true",
                "spring.cloud.loadbalancer.retry.max-retries-on-next-service-instance=2",
                "spring.cloud.loadbalancer.retry.retryable-status-codes=503");
    }
}
