package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;
import static org.awaitility.Awaitility.await;

import io.github.zklb.actuate.MembershipHealthIndicator;
import io.github.zklb.actuate.ZkLbHealthAutoConfiguration;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.membership.MembershipSettings;
import io.github.zklb.strategy.StrategyCatalogue;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Provider;
import io.github.zklb.zookeeper.membership.ZooKeeperMemberships;
import java.util.List;
import java.util.Objects;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryOneTime;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.assertj.core.api.MapAssert;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

/** What Spring Boot's health endpoint shows of the services. */
class HealthTest {

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(ZkLbHealthAutoConfiguration.class))
            .withBean(
                    CuratorFramework.class, () -> CuratorFrameworkFactory.newClient("127.0.0.1:1", new RetryOneTime(1)))
            .withBean(
                    ZooKeeperMemberships.class,
                    () -> new ZooKeeperMemberships(
                            CuratorFrameworkFactory.newClient("127.0.0.1:1", new RetryOneTime(1)),
                            id -> "/" + id,
                            id -> MembershipSettings.DEFAULTS))
            .withBean(
                    ServiceEngines.class,
                    () -> new ServiceEngines(
                            id -> fail("no service is used"),
                            new StrategyCatalogue(List.of()),
                            id -> fail("no service is used"),
                            settings -> {},
                            (id, hosts) -> hosts));

    @Test
    void eachServiceHasAnEntryThatFollowsItsState() {
        try (InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
                Provider provider = Provider.start("orders", "a", zookeeper.connectString(), 1);
                Consumer consumer = Consumer.start(zookeeper.connectString())) {
            assertThat(health(consumer).getStatus()).isEqualTo(Status.UP);
            assertThat(consumer.get("http://orders/")).isEqualTo(provider.name());
            consumer.choosePort("nobody", null);
            assertThat(health(consumer).getStatus()).isEqualTo(Status.UP);
            assertService(health(consumer), "orders")
                    .containsEntry("state", "SYNCED")
                    .containsEntry("endpoints", 1)
                    .containsKeys("age", "since", "invalidNodes")
                    .containsEntry("cause", "service orders is watched at /services/orders (endpoints: 1)");
            assertService(health(consumer), "nobody")
                    .containsEntry("state", "ABSENT")
                    .containsEntry("endpoints", 0);

            zookeeper.stop();
            await().untilAsserted(() -> {
                Health health = health(consumer);
                assertThat(health.getStatus()).isEqualTo(Status.UP);
                assertService(health, "orders").containsEntry("state", "STALE").containsEntry("endpoints", 1);
            });
            assertService(health(consumer), "orders")
                    .extractingByKey("cause", InstanceOfAssertFactories.STRING)
                    .contains("has not answered since");
        }
    }

    @Test
    void staleIsDownIfTheUserSaysSo() {
        try (InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
                Provider provider = Provider.start("orders", "a", zookeeper.connectString(), 1);
                Consumer consumer = Consumer.start(zookeeper.connectString(), "zk-lb.health.stale-is-down=true")) {
            assertThat(consumer.get("http://orders/")).isEqualTo(provider.name());
            assertThat(health(consumer).getStatus()).isEqualTo(Status.UP);
            zookeeper.stop();
            await().until(() -> health(consumer).getStatus() == Status.DOWN);
        }
    }

    @Test
    void aServiceOfWhichNothingIsKnownIsDown() {
        try (InProcessZooKeeper zookeeper = InProcessZooKeeper.prepare();
                Consumer consumer = Consumer.start(
                        zookeeper.connectString(),
                        Consumer.WITHOUT_WAITING,
                        "zk-lb.membership.first-load-timeout=0s")) {
            assertThat(consumer.context().getBean(ServiceEngines.class).engine("orders"))
                    .isNotNull();
            assertThat(health(consumer).getStatus()).isEqualTo(Status.DOWN);
            assertService(health(consumer), "orders").containsEntry("state", "LOADING");
        }
    }

    @Test
    void itIsThereWithTheHealthModuleOnly() {
        runner.run(context -> assertThat(context).hasSingleBean(HealthIndicator.class));
        runner.withPropertyValues("management.health.zk-lb.enabled=false")
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean(HealthIndicator.class));
        runner.withClassLoader(new FilteredClassLoader("org.springframework.boot.health"))
                .run(context -> assertThat(context).hasNotFailed().doesNotHaveBean("zkLbHealthIndicator"));
    }

    private static Health health(Consumer consumer) {
        return Objects.requireNonNull(
                consumer.context().getBean(MembershipHealthIndicator.class).health());
    }

    private static MapAssert<String, Object> assertService(Health health, String service) {
        return assertThat(health.getDetails())
                .extractingByKey("services", InstanceOfAssertFactories.map(String.class, Object.class))
                .extractingByKey(service, InstanceOfAssertFactories.map(String.class, Object.class));
    }
}
