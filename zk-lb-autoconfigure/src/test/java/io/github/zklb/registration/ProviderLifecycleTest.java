package io.github.zklb.registration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.zklb.InvalidSettingException;
import io.github.zklb.WarmUp;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.zookeeper.membership.ZooKeeperBench;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryOneTime;
import org.apache.curator.x.discovery.ServiceDiscovery;
import org.apache.curator.x.discovery.ServiceDiscoveryBuilder;
import org.apache.curator.x.discovery.ServiceInstance;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooDefs.Perms;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Id;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.zookeeper.discovery.ZookeeperInstance;
import org.springframework.cloud.zookeeper.serviceregistry.ZookeeperAutoServiceRegistration;
import org.springframework.cloud.zookeeper.serviceregistry.ZookeeperRegistration;
import org.springframework.cloud.zookeeper.serviceregistry.ZookeeperServiceRegistry;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.SmartLifecycle;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** An application that Spring Cloud Zookeeper registers, with the starter and without a line of its own. */
@ExtendWith(OutputCaptureExtension.class)
class ProviderLifecycleTest {

    private static final HttpClient http = HttpClient.newHttpClient();
    private static InProcessZooKeeper zookeeper;
    private static CuratorFramework observer;

    /** What the applications of a test have seen, in order. */
    private static final List<String> seen = new CopyOnWriteArrayList<>();

    /** When what stops next has stopped. */
    private static volatile long nextStopped;

    @BeforeAll
    static void start() throws Exception {
        zookeeper = InProcessZooKeeper.start();
        observer = CuratorFrameworkFactory.newClient(zookeeper.connectString(), new RetryOneTime(100));
        observer.start();
        observer.getZookeeperClient()
                .getZooKeeper()
                .addAuthInfo("digest", "ops:secret".getBytes(StandardCharsets.UTF_8));
    }

    @AfterAll
    static void stop() {
        observer.close();
        zookeeper.close();
    }

    @BeforeEach
    void clear() {
        seen.clear();
    }

    @Test
    void isUpWhileItAcceptsTrafficAndAnOperatorsStatusStays() throws Exception {
        try (ConfigurableApplicationContext context = run(
                Application.class,
                "zk-lb.registration.weight=2.5",
                "zk-lb.registration.zone=a",
                "zk-lb.registration.version=7",
                "spring.cloud.zookeeper.discovery.metadata.zone=b")) {
            assertThat(seen).containsExactly("runner: OUT_OF_SERVICE");
            assertThat(status()).isEqualTo("UP");
            assertThat(metadata())
                    .containsEntry("weight", "2.5")
                    .containsEntry("version", "7")
                    .as("Spring Cloud Zookeeper's own property wins")
                    .containsEntry("zone", "b");

            AvailabilityChangeEvent.publish(context, ReadinessState.REFUSING_TRAFFIC);
            await().until(() -> "OUT_OF_SERVICE".equals(status()));
            AvailabilityChangeEvent.publish(context, ReadinessState.ACCEPTING_TRAFFIC);
            assertThat(status()).isEqualTo("UP");

            operatorSets(context, "OUT_OF_SERVICE");
            AvailabilityChangeEvent.publish(context, ReadinessState.REFUSING_TRAFFIC);
            AvailabilityChangeEvent.publish(context, ReadinessState.ACCEPTING_TRAFFIC);
            assertThat(status()).isEqualTo("OUT_OF_SERVICE");

            operatorSets(context, "UP");
            context.stop();
            await().until(() -> registered("orders").isEmpty());
            context.start();
            await().until(() -> "UP".equals(status()));
        }
    }

    @Test
    void anInitialStatusThatWasGivenStays() throws Exception {
        try (ConfigurableApplicationContext context =
                run(Application.class, "spring.cloud.zookeeper.discovery.initialStatus=DOWN")) {
            assertThat(seen).containsExactly("runner: DOWN");
            assertThat(status()).isEqualTo("DOWN");
        }
        try (ConfigurableApplicationContext context =
                run(Application.class, "zk-lb.registration.enabled=false", "zk-lb.registration.weight=3")) {
            assertThat(seen).containsExactly("runner: DOWN", "the next to stop: none", "runner: UP");
            assertThat(metadata()).containsEntry("weight", "3");
        }
    }

    @Test
    void anApplicationThatDoesNotRegisterHasNone() throws Exception {
        try (ConfigurableApplicationContext context =
                run(Application.class, "spring.cloud.zookeeper.discovery.register=false")) {
            assertThat(context.getBeanNamesForType(ProviderLifecycle.class)).isEmpty();
        }
    }

    @Test
    void warmUpsComeFirstAndOneThatFailsHoldsNothingUp() throws Exception {
        WarmingApplication.go = new CountDownLatch(1);
        try (ConfigurableApplicationContext context = run(WarmingApplication.class)) {
            assertThat(status()).isEqualTo("OUT_OF_SERVICE");
            WarmingApplication.go.countDown();
            await().until(() -> "UP".equals(status()));
            assertThat(seen).containsExactly("first", "second");
        }
    }

    @Test
    void aWarmUpThatDoesNotEndIsTold(CapturedOutput output) {
        CountDownLatch go = new CountDownLatch(1);
        try (ConfigurableApplicationContext context = run(Application.class, "zk-lb.registration.enabled=false")) {
            OwnRegistration own = new OwnRegistration(
                    context.getBean(ZookeeperServiceRegistry.class),
                    context.getBean(ZookeeperRegistration.class),
                    context.getBean(ZookeeperAutoServiceRegistration.class),
                    context.getBean(CuratorFramework.class));
            ProviderLifecycle lifecycle =
                    new ProviderLifecycle(context, own, true, List.of(go::await), Duration.ZERO, Duration.ofSeconds(1));
            lifecycle.onApplicationEvent(new AvailabilityChangeEvent<>(context, ReadinessState.ACCEPTING_TRAFFIC));
            await().until(() -> output.getOut().contains("OUT_OF_SERVICE for 1 s, since its warm-up has not ended"));
            go.countDown();
            lifecycle.destroy();
        }
    }

    @Test
    void leavesADelayBeforeTheServerStops() throws Exception {
        long begun;
        try (ConfigurableApplicationContext context = run(Application.class, "zk-lb.registration.drain-delay=1s")) {
            assertThat(status()).isEqualTo("UP");
            begun = System.nanoTime();
        }
        assertThat(seen).containsExactly("runner: OUT_OF_SERVICE", "the next to stop: none");
        assertThat(Duration.ofNanos(nextStopped - begun)).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
    }

    @Test
    void theDelayBeginsWhenConsumersSeeThatItLeaves(CapturedOutput output) throws Exception {
        try (ConfigurableApplicationContext context = run(Application.class, "zk-lb.registration.drain-delay=1s")) {
            String node = "/services/orders/" + ids().get(0);
            observer.setACL()
                    .withACL(List.of(new ACL(Perms.ALL, new Id("auth", "")), new ACL(Perms.READ, Ids.ANYONE_ID_UNSAFE)))
                    .forPath(node);
            AvailabilityChangeEvent.publish(context, ReadinessState.REFUSING_TRAFFIC);
            await().until(() -> output.getOut().contains("is not OUT_OF_SERVICE in ZooKeeper yet"));
            await().pollDelay(Duration.ofMillis(1_200)).until(() -> "UP".equals(status()));
            long mayWrite = System.nanoTime();
            observer.setACL().withACL(Ids.OPEN_ACL_UNSAFE).forPath(node);
            CompletableFuture<Void> stopped = new CompletableFuture<>();
            context.getBean(ProviderLifecycle.class).stop(() -> stopped.complete(null));
            stopped.join();
            assertThat(Duration.ofNanos(System.nanoTime() - mayWrite)).isGreaterThanOrEqualTo(Duration.ofSeconds(1));
            assertThat(registered("orders")).isEmpty();
        }
    }

    @Test
    void aReconnectionWhileItLeavesBringsNothingBack(CapturedOutput output) throws Exception {
        try (ConfigurableApplicationContext context = run(Application.class, "zk-lb.registration.drain-delay=1m")) {
            assertThat(output.getOut())
                    .contains("drain-delay is 60000 ms, and Spring Boot goes on with the shutdown after 30000 ms");
            CuratorFramework client = context.getBean(CuratorFramework.class);
            ProviderLifecycle lifecycle = context.getBean(ProviderLifecycle.class);
            CompletableFuture<Void> stopped = new CompletableFuture<>();
            lifecycle.stop(() -> stopped.complete(null));
            await().until(() -> "OUT_OF_SERVICE".equals(status()));
            assertThat(answers(context)).isTrue();
            String before = ids().get(0);
            ZooKeeperBench.expire(client, zookeeper.connectString());
            await().until(() -> registered("orders").isEmpty());
            await().until(() -> !registered("orders").isEmpty());
            assertThat(ids()).containsExactly(before);
            assertThat(status()).isEqualTo("OUT_OF_SERVICE");
            assertThat(stopped).isNotDone();
        }
    }

    @Test
    void afterItsDeregistrationNoReconnectionBringsItBack() throws Exception {
        try (ConfigurableApplicationContext context = run(Application.class)) {
            CompletableFuture<Void> stopped = new CompletableFuture<>();
            context.getBean(ProviderLifecycle.class).stop(() -> stopped.complete(null));
            stopped.join();
            assertThat(registered("orders")).isEmpty();

            ServiceInstance<ZookeeperInstance> other = ServiceInstance.<ZookeeperInstance>builder()
                    .name("other")
                    .address("127.0.0.1")
                    .port(1)
                    .payload(new ZookeeperInstance("o", "other", Map.of()))
                    .build();
            context.getBean(ServiceDiscovery.class).registerService(other);
            ZooKeeperBench.expire(context.getBean(CuratorFramework.class), zookeeper.connectString());
            await().until(() -> registered("other").isEmpty());
            await().until(() -> !registered("other").isEmpty());
            assertThat(registered("orders")).isEmpty();
        }
    }

    @Test
    void aStopDoesNotWaitForAZooKeeperThatIsAway() {
        try (InProcessZooKeeper away = InProcessZooKeeper.start();
                ConfigurableApplicationContext context = runAt(
                        away,
                        Application.class,
                        "spring.cloud.zookeeper.max-retries=1",
                        "zk-lb.registration.drain-delay=10m")) {
            away.stop();
            await().until(() -> !context.getBean(CuratorFramework.class)
                    .getZookeeperClient()
                    .isConnected());
            CompletableFuture<Void> stopped = new CompletableFuture<>();
            context.getBean(ProviderLifecycle.class).stop(() -> stopped.complete(null));
            assertThat(stopped).succeedsWithin(Duration.ofSeconds(5)); // one second, and what a slow machine needs
            away.restart(); // what Spring does at the end waits for it
        }
    }

    @Test
    void aWeightThatIsNoneStopsTheStart() {
        assertThatThrownBy(() -> run(Application.class, "zk-lb.registration.weight=heavy"))
                .hasRootCauseInstanceOf(InvalidSettingException.class)
                .rootCause()
                .hasMessage("zk-lb.registration.weight must be 0..1000000 with up to three decimals but was heavy");
    }

    @Test
    void nobodyWaitsForATestOrACutServer() {
        StandardEnvironment environment = new StandardEnvironment();
        assertThat(ProviderAutoConfiguration.waits(environment, getClass().getClassLoader()))
                .isTrue();
        environment.getPropertySources().addLast(new MapPropertySource("x", Map.of("server.shutdown", "IMMEDIATE")));
        assertThat(ProviderAutoConfiguration.waits(environment, null)).isFalse();
        environment.getPropertySources().remove("x");
        environment.getPropertySources().addLast(new MapPropertySource("Inlined Test Properties", Map.of()));
        assertThat(ProviderAutoConfiguration.waits(environment, null)).isFalse();
    }

    private static ConfigurableApplicationContext run(Class<?> application, String... properties) {
        return runAt(zookeeper, application, properties);
    }

    private static ConfigurableApplicationContext runAt(
            InProcessZooKeeper server, Class<?> application, String... properties) {
        List<String> arguments = new ArrayList<>(List.of(
                "--spring.application.name=orders",
                "--spring.cloud.zookeeper.connect-string=" + server.connectString(),
                "--spring.cloud.zookeeper.discovery.instance-host=127.0.0.1",
                "--spring.main.banner-mode=off",
                "--server.port=0",
                "--server.address=127.0.0.1"));
        for (String property : properties) {
            arguments.add("--" + property);
        }
        return new SpringApplicationBuilder(application)
                .registerShutdownHook(false)
                .run(arguments.toArray(String[]::new));
    }

    private static void operatorSets(ConfigurableApplicationContext context, String status) {
        context.getBean(ZookeeperServiceRegistry.class).setStatus(context.getBean(ZookeeperRegistration.class), status);
    }

    private static List<String> ids() throws Exception {
        return observer.getChildren().forPath("/services/orders");
    }

    private static List<ServiceInstance<ZookeeperInstance>> registered(String service) throws Exception {
        return List.copyOf(ServiceDiscoveryBuilder.builder(ZookeeperInstance.class)
                .client(observer)
                .basePath("/services")
                .build()
                .queryForInstances(service));
    }

    private static Map<String, String> metadata() throws Exception {
        return registered("orders").get(0).getPayload().getMetadata();
    }

    private static String status() throws Exception {
        List<ServiceInstance<ZookeeperInstance>> registered = registered("orders");
        return registered.isEmpty()
                ? "none"
                : String.valueOf(registered.get(0).getPayload().getMetadata().get("instance_status"));
    }

    private static boolean answers(ConfigurableApplicationContext context) throws Exception {
        URI uri = URI.create("http://127.0.0.1:" + context.getEnvironment().getProperty("local.server.port"));
        return http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString())
                        .statusCode()
                == 200;
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @RestController
    static class Application {

        @GetMapping("/")
        String hello() {
            return "hello";
        }

        /** What runs before the application is ready to serve. */
        @Bean
        static ApplicationRunner runner() {
            return arguments -> seen.add("runner: " + status());
        }

        /** What stops next, still before the web server. */
        @Bean
        static SmartLifecycle next() {
            return new SmartLifecycle() {

                private volatile boolean running;

                @Override
                public void start() {
                    running = true;
                }

                @Override
                public void stop() {
                    running = false;
                    try {
                        seen.add("the next to stop: " + status());
                        nextStopped = System.nanoTime();
                    } catch (Exception e) {
                        throw new IllegalStateException(e);
                    }
                }

                @Override
                public boolean isRunning() {
                    return running;
                }

                @Override
                public int getPhase() {
                    return Integer.MAX_VALUE - 1;
                }
            };
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class WarmingApplication {

        static CountDownLatch go = new CountDownLatch(0);

        @Bean
        @Order(2)
        static WarmUp second() {
            return () -> seen.add("second");
        }

        @Bean
        @Order(1)
        static WarmUp first() {
            return () -> {
                go.await();
                seen.add("first");
                throw new IOException("on purpose");
            };
        }
    }
}
