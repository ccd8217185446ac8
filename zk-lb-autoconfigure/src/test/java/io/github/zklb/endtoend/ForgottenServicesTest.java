package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.membership.ServiceMembership;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.FourLetters;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.zookeeper.membership.ZooKeeperMemberships;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.springframework.cloud.client.loadbalancer.DefaultRequest;
import org.springframework.cloud.loadbalancer.core.ReactorServiceInstanceLoadBalancer;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;

/** Service ids that are made from requests, as a gateway or an application with many tenants does. */
class ForgottenServicesTest {

    private static final int TENANTS = 300;

    @Test
    void whatZooKeeperDoesNotKnowAndNobodyCallsLeavesNothing() throws Exception {
        try (InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
                Consumer consumer = Consumer.start(zookeeper.connectString(), "zk-lb.membership.idle-timeout=1s")) {
            consumer.registry().register("orders", Endpoint.of("10.0.0.1", 80)).join();
            await().until(() -> consumer.choosePort("orders", null).isPresent());
            ReactorServiceInstanceLoadBalancer kept = Objects.requireNonNull(
                    clients(consumer).getInstance("tenant-0", ReactorServiceInstanceLoadBalancer.class));
            for (int tenant = 0; tenant < TENANTS; tenant++) {
                assertThat(consumer.choosePort("tenant-" + tenant, null)).isEmpty();
            }

            await().atMost(Duration.ofMinutes(2)).untilAsserted(() -> {
                consumer.choosePort("still-called", null);
                assertThat(known(consumer)).containsExactlyInAnyOrder("orders", "still-called");
                assertThat(FourLetters.ask("127.0.0.1", port(zookeeper), "wchp"))
                        .doesNotContain("/services/tenant-")
                        .contains("/services/orders");
            });

            consumer.registry()
                    .register("tenant-0", Endpoint.of("10.0.0.2", 81))
                    .join();
            await().until(() -> consumer.choosePort("tenant-0", null).equals(Optional.of(81)));
            assertThat(Objects.requireNonNull(
                                    kept.choose(new DefaultRequest<>()).block())
                            .getServer()
                            .getPort())
                    .isEqualTo(81);
        }
    }

    /** The services of which anything is left. */
    private static Set<String> known(Consumer consumer) {
        Set<String> known = new TreeSet<>(clients(consumer).getContextNames());
        consumer.context().getBean(ServiceEngines.class).inUse().stream()
                .map(ServiceEngine::serviceId)
                .forEach(known::add);
        consumer.context().getBean(ZooKeeperMemberships.class).opened().stream()
                .map(ServiceMembership::serviceId)
                .forEach(known::add);
        consumer.context().getBean(MeterRegistry.class).getMeters().stream()
                .map(meter -> meter.getId().getTag("service.id"))
                .filter(Objects::nonNull)
                .forEach(known::add);
        return known;
    }

    private static LoadBalancerClientFactory clients(Consumer consumer) {
        return consumer.context().getBean(LoadBalancerClientFactory.class);
    }

    private static int port(InProcessZooKeeper zookeeper) {
        return Integer.parseInt(zookeeper.connectString().replaceFirst(".*:", ""));
    }
}
