package io.github.zklb.benchmarks;

import io.github.zklb.benchmarks.Fleet.Weights;
import io.github.zklb.registration.ZooKeeperEndpointRegistry;
import io.github.zklb.zookeeper.NodeFormat;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.test.TestingServer;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;

/**
 * A Spring application that calls one service, as a user's does, and a ZooKeeper in this process where ten instances of it
 * are registered. No instance is there to answer: what is measured ends before the network.
 */
final class BalancedApplication implements AutoCloseable {

    static final String SERVICE = "bench";
    static final int INSTANCES = 10;

    private final TestingServer zookeeper;
    private final ConfigurableApplicationContext context;
    private final ZooKeeperEndpointRegistry registry;

    private BalancedApplication(TestingServer zookeeper, ConfigurableApplicationContext context) {
        this.zookeeper = zookeeper;
        this.context = context;
        this.registry = new ZooKeeperEndpointRegistry(
                context.getBean(CuratorFramework.class), id -> "/services/" + id, NodeFormat.JSON);
    }

    /** Starts the application with its instances registered. */
    static BalancedApplication start(Balancer balancer) {
        try {
            TestingServer zookeeper = new TestingServer();
            List<String> properties = new ArrayList<>(List.of(
                    "spring.cloud.zookeeper.connect-string=" + zookeeper.getConnectString(),
                    "spring.cloud.service-registry.auto-registration.enabled=false",
                    "spring.main.banner-mode=off"));
            properties.addAll(balancer.properties());
            BalancedApplication application = new BalancedApplication(
                    zookeeper,
                    new SpringApplicationBuilder(Application.class)
                            .web(WebApplicationType.NONE)
                            .logStartupInfo(false)
                            .properties(properties.toArray(String[]::new))
                            .run());
            application.register();
            return application;
        } catch (Exception e) {
            throw new IllegalStateException("cannot start an application with " + balancer, e);
        }
    }

    private void register() {
        CompletableFuture.allOf(Fleet.of(INSTANCES, Weights.EQUAL).endpoints().stream()
                        .map(endpoint -> registry.register(SERVICE, endpoint))
                        .map(CompletableFuture.class::cast)
                        .toArray(CompletableFuture[]::new))
                .join();
    }

    <T> T bean(Class<T> type) {
        return context.getBean(type);
    }

    @Override
    public void close() {
        registry.close();
        context.close();
        try {
            zookeeper.close();
        } catch (IOException e) {
            throw new IllegalStateException("cannot stop ZooKeeper", e);
        }
    }

    /** Nothing of its own: what Spring Boot makes of the class path. */
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {}
}
