package io.github.zklb.springcloud;

import io.github.zklb.PickContext;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.Response;
import reactor.core.publisher.Mono;

/** Picks from the list that suppliers make for a request. Thread-safe. */
@FunctionalInterface
public interface ListBalancer {

    /** The instance for a request, or why there is none ({@link NoInstanceResponse}). */
    Mono<Response<ServiceInstance>> choose(Request<?> request, PickContext context);
}
