package io.github.zklb.actuate.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.springcloud.ClientCalls.SendListener;
import io.github.zklb.springcloud.ZkLoadBalancer;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Provider;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestTemplate;
import org.springframework.web.reactive.function.client.WebClient;

/** When there are meters, and for how long. */
class ZkLbMetricsAutoConfigurationTest {

    private static InProcessZooKeeper zookeeper;
    private static Provider provider;
    private static ApplicationContextRunner runner;

    @BeforeAll
    static void start() {
        zookeeper = InProcessZooKeeper.start();
        provider = Provider.start("orders", "a", zookeeper.connectString(), 1);
        runner = new ApplicationContextRunner()
                .withUserConfiguration(Application.class)
                .withPropertyValues(
                        "spring.cloud.zookeeper.connect-string=" + zookeeper.connectString(),
                        "zk-lb.membership.first-load-timeout=30s", // a loaded machine needs more than the default
                        "spring.cloud.service-registry.auto-registration.enabled=false");
    }

    @AfterAll
    static void stop() {
        provider.close();
        zookeeper.close();
    }

    @Test
    void closedContextsLeaveNoMetersInARegistryThatOutlivesThem() {
        // Spring Boot closes each registry with the context, and one that is closed takes no more meters.
        MeterRegistry shared = new SimpleMeterRegistry() {
            @Override
            public void close() {}
        };
        ApplicationContextRunner sharing = runner.withPropertyValues("zk-lb.metrics.per-endpoint=true")
                .withBean(MeterRegistry.class, () -> shared, definition -> definition.setDestroyMethodName(""));
        for (int cycle = 0; cycle < 3; cycle++) {
            sharing.run(context -> {
                assertThat(context.getBean(ZkLoadBalancer.class).choose("orders"))
                        .isPresent();
                await().untilAsserted(() -> assertThat(ours(shared)).hasSize(72 + 6));
            });
            assertThat(ours(shared)).isEmpty();
        }
    }

    @Test
    void withoutMicrometerEverythingElseWorks() {
        runner.withClassLoader(new FilteredClassLoader("io.micrometer.core", "io.micrometer.prometheusmetrics"))
                .run(context -> {
                    assertThat(context).hasNotFailed().doesNotHaveBean("zkLbServiceMeters");
                    assertThat(context.getBean(ZkLoadBalancer.class).choose("orders"))
                            .isPresent();
                });
    }

    @Test
    void withoutAnHttpClientNothingIsObserved() {
        runner.withClassLoader(new FilteredClassLoader(
                        RestTemplate.class,
                        RestClient.class,
                        WebClient.class,
                        org.springframework.http.client.observation.ClientRequestObservationContext.class))
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .hasSingleBean(ServiceMeters.class)
                        .doesNotHaveBean(SendListener.class));
    }

    @Test
    void disabledThereIsNothing() {
        runner.withPropertyValues("zk-lb.enabled=false")
                .run(context -> assertThat(context)
                        .hasNotFailed()
                        .doesNotHaveBean(ServiceMeters.class)
                        .doesNotHaveBean(StrategyObservations.class));
    }

    @Test
    void metersCanBeSwitchedOffAsAnyOthers() {
        runner.withPropertyValues("management.metrics.enable.zk.lb=false").run(context -> {
            assertThat(context.getBean(ZkLoadBalancer.class).choose("orders")).isPresent();
            assertThat(ours(context.getBean(MeterRegistry.class))).isEmpty();
        });
    }

    private static List<Meter> ours(MeterRegistry registry) {
        return registry.getMeters().stream()
                .filter(meter -> meter.getId().getName().startsWith("zk.lb."))
                .toList();
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {}
}
