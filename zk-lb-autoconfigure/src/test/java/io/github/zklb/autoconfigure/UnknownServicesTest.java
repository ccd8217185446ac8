package io.github.zklb.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.InProcessZooKeeper;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryOneTime;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooDefs.Perms;
import org.apache.zookeeper.data.ACL;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.client.DefaultServiceInstance;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.loadbalancer.annotation.LoadBalancerClient;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.support.ServiceInstanceListSuppliers;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** What is said of services that have settings and that ZooKeeper does not know. The test says when a minute is over. */
@ExtendWith(OutputCaptureExtension.class)
class UnknownServicesTest {

    private static final String WARNING = "ZooKeeper has no service of these ids";

    private final BlockingQueue<CompletableFuture<Void>> minutes = new LinkedBlockingQueue<>();
    private InProcessZooKeeper zookeeper;
    private CuratorFramework curator;

    @BeforeEach
    void start() throws Exception {
        zookeeper = InProcessZooKeeper.start();
        curator = CuratorFrameworkFactory.newClient(zookeeper.connectString(), 10_000, 1_000, new RetryOneTime(1));
        curator.start();
        for (String service : List.of("orders", "payments", "team/users")) {
            curator.create().creatingParentsIfNeeded().forPath("/services/" + service);
        }
    }

    @AfterEach
    void stop() {
        curator.close();
        zookeeper.close();
    }

    @Test
    void allAreOneWarningWithTheNearestOfEach(CapturedOutput output) {
        open(List.of("b\u00e4d", "ordres", "paymnet", "orders", "team/users", "elsewhere"), "elsewhere"::equals);
        assertThat(output).doesNotContain(WARNING);
        minutes.remove().complete(null);
        await().untilAsserted(() -> assertThat(output.getOut().lines().filter(line -> line.contains(WARNING)))
                .singleElement()
                .asString()
                .contains("WARN")
                .endsWith(": b\\u00e4d (the nearest is team), ordres (the nearest is orders), paymnet (the nearest is"
                        + " payments) [zk-lb messages#a-service-that-zookeeper-does-not-have]"));
    }

    @Test
    void whereTheDirectoryMayNotBeListedNoNearestIsNamed(CapturedOutput output) throws Exception {
        curator.setACL()
                .withACL(List.of(new ACL(Perms.ALL & ~Perms.READ, Ids.ANYONE_ID_UNSAFE)))
                .forPath("/services");
        open(List.of("ordres", "orders"), id -> false);
        minutes.remove().complete(null);
        await().untilAsserted(() -> assertThat(output.getOut().lines().filter(line -> line.contains(WARNING)))
                .singleElement()
                .asString()
                .endsWith(": ordres [zk-lb messages#a-service-that-zookeeper-does-not-have]"));
    }

    @Test
    void whileZooKeeperDoesNotAnswerAnotherMinuteIsWaitedFor(CapturedOutput output) throws Exception {
        zookeeper.stop();
        open(List.of("ordres"), id -> false);
        minutes.remove().complete(null);
        CompletableFuture<Void> another = minutes.take();
        assertThat(output).doesNotContain(WARNING);
        zookeeper.restart();
        curator.checkExists().forPath("/services");
        another.complete(null);
        await().untilAsserted(() -> assertThat(output).contains(WARNING));
    }

    @Test
    void anIdThatCannotBeInZooKeeperIsUnknownToo(CapturedOutput output) {
        open(List.of("a//b", "ordres"), id -> false);
        minutes.remove().complete(null);
        await().untilAsserted(() -> assertThat(output)
                .contains(WARNING)
                .contains(": a//b (the nearest is team), ordres (the nearest is orders)"));
    }

    @Test
    void otherRegistriesAreAskedOnlyForWhatZooKeeperDoesNotHave(CapturedOutput output) {
        List<String> asked = new CopyOnWriteArrayList<>();
        open(List.of("orders", "ordres"), id -> {
            asked.add(id);
            return false;
        });
        minutes.remove().complete(null);
        await().untilAsserted(() -> assertThat(output).contains(WARNING));
        assertThat(asked).containsExactly("ordres");
    }

    @Test
    void aRegistryThatFailsMayHaveAnyService() {
        assertThat(UnknownServices.mayHave(registry(() -> List.of("Orders")), "orders"))
                .isTrue();
        assertThat(UnknownServices.mayHave(registry(() -> List.of("Orders")), "ordres"))
                .isFalse();
        Supplier<List<String>> away = () -> {
            throw new IllegalStateException("away");
        };
        assertThat(UnknownServices.mayHave(registry(away), "ordres")).isTrue();
    }

    private static DiscoveryClient registry(Supplier<List<String>> services) {
        return new DiscoveryClient() {

            @Override
            public String description() {
                return "a registry";
            }

            @Override
            public List<ServiceInstance> getInstances(String serviceId) {
                return List.of();
            }

            @Override
            public List<String> getServices() {
                return services.get();
            }
        };
    }

    @Test
    void nobodyIsAskedWithoutSettingsOrAfterTheEnd() {
        open(List.of(), id -> false);
        assertThat(minutes).isEmpty();
        open(List.of("ordres"), id -> false).close();
        assertThat(minutes.remove()).isCancelled();
    }

    @Test
    void anApplicationAsksForWhatIsToComeFromZooKeeper(CapturedOutput output) {
        try (Consumer consumer = Consumer.start(
                zookeeper.connectString(),
                new Class<?>[] {OwnSupplier.class},
                "spring.cloud.discovery.client.simple.instances.also-simple[0].uri=http://127.0.0.1:1001",
                "spring.cloud.discovery.client.simple.instances.called-simple[0].uri=http://127.0.0.1:1001",
                "zk-lb.services.also-simple.strategy=random",
                "zk-lb.services.called-simple.strategy=random",
                "zk-lb.services.own.strategy=random",
                "zk-lb.services.ordres.strategy=random",
                "zk-lb.services.orders.strategy=random",
                "zk-lb.services.simple.source=discovery-client",
                "zk-lb.services.stock.enabled=false",
                "spring.cloud.zookeeper.dependencies.members.path=/team/users",
                "zk-lb.services.members.strategy=random")) {
            assertThat(consumer.choosePort("own", null)).contains(1002);
            assertThat(consumer.choosePort("called-simple", null)).contains(1001);
            consumer.context().getBean(UnknownServices.class).look();
            await().untilAsserted(
                            () -> assertThat(output.getOut().lines().filter(line -> line.contains(WARNING)))
                                    .singleElement()
                                    .asString()
                                    .endsWith(
                                            ": ordres (the nearest is orders) [zk-lb messages#a-service-that-zookeeper-does-not-have]"));
        }
    }

    /** A service whose instances a supplier of the user's has, and no registry. */
    @Configuration(proxyBeanMethods = false)
    @LoadBalancerClient(name = "own", configuration = OwnInstances.class)
    static class OwnSupplier {}

    static class OwnInstances {

        @Bean
        ServiceInstanceListSupplier own() {
            return ServiceInstanceListSuppliers.from(
                    "own", new DefaultServiceInstance("a", "own", "127.0.0.1", 1002, false));
        }
    }

    private UnknownServices open(List<String> serviceIds, Predicate<String> knownElsewhere) {
        UnknownServices unknown =
                new UnknownServices(serviceIds, knownElsewhere, curator, new ServicePaths("services", null), () -> {
                    CompletableFuture<Void> minute = new CompletableFuture<>();
                    minutes.add(minute);
                    return minute;
                });
        unknown.afterSingletonsInstantiated();
        return unknown;
    }
}
