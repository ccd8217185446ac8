package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Provider;
import java.util.Map;
import java.util.Optional;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.test.KillSession;
import org.junit.jupiter.api.Test;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.DiscoveryClient;

class EndpointRegistryTest {

    private static final Endpoint SHARD =
            Endpoint.of("10.0.0.1", 5432).withWeight(3).withMetadata(Map.of("zone", "a"));

    @Test
    void whatItWritesIsReadBySpringCloudZookeeperAndByZkLb() {
        try (InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
                Consumer consumer = Consumer.start(zookeeper.connectString(), "zk-lb.membership.hold.enabled=false")) {
            consumer.registry().register("shards", SHARD).join();

            await().until(() -> consumer.choosePort("shards", "key").equals(Optional.of(5432)));
            DiscoveryClient stock = consumer.context().getBean(DiscoveryClient.class);
            assertThat(stock.getInstances("shards")).singleElement().satisfies(instance -> {
                assertThat(instance.getHost()).isEqualTo("10.0.0.1");
                assertThat(instance.getPort()).isEqualTo(5432);
                assertThat(instance.getMetadata()).containsEntry("zone", "a").containsEntry("weight", "3");
            });

            assertThat(consumer.registry().deregister("shards", SHARD.id()).join())
                    .isTrue();
            await().until(() -> consumer.choosePort("shards", "key").isEmpty());
            assertThat(consumer.registry().deregister("shards", SHARD.id()).join())
                    .isFalse();
        }
    }

    @Test
    void aRegistrationSurvivesTheLossOfItsSession() throws Exception {
        try (InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
                Consumer owner = Consumer.start(zookeeper.connectString());
                Consumer reader = Consumer.start(zookeeper.connectString())) {
            owner.registry().register("shards", SHARD).join();
            await().until(() -> reader.choosePort("shards", "key").isPresent());

            CuratorFramework client = owner.context().getBean(CuratorFramework.class);
            long lost = client.getZookeeperClient().getZooKeeper().getSessionId();
            KillSession.kill(client.getZookeeperClient().getZooKeeper(), zookeeper.connectString());

            await().untilAsserted(() -> {
                assertThat(client.getZookeeperClient().getZooKeeper().getSessionId())
                        .isNotEqualTo(lost);
                assertThat(client.checkExists().forPath("/services/shards/" + SHARD.id()))
                        .isNotNull();
                assertThat(reader.choosePort("shards", "key")).contains(5432);
            });
        }
    }

    @Test
    void metadataOfAnInstanceIsExactlyWhatIsRegistered() {
        Map<String, String> metadata = Map.of("weight", "2", "zone", "b", "instance_status", "UP");
        try (InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
                Provider provider = Provider.start("orders", "a", zookeeper.connectString(), metadata);
                Consumer consumer = Consumer.start(zookeeper.connectString())) {
            ServiceInstance first = consumer.choose("orders");
            assertThat(first.getMetadata()).isEqualTo(metadata);
            assertThat(first.getPort()).isEqualTo(provider.port());
            assertThat(first.getUri()).hasToString("http://127.0.0.1:" + provider.port());
            try (Consumer other = Consumer.start(zookeeper.connectString())) {
                assertThat(other.choose("orders")).isEqualTo(first).hasSameHashCodeAs(first);
            }
        }
    }
}
