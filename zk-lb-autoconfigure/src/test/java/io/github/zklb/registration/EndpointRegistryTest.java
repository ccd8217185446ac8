package io.github.zklb.registration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import io.github.zklb.Endpoint;
import io.github.zklb.codec.EndpointDecoder;
import io.github.zklb.testing.Patience;
import io.github.zklb.testing.TcpProxy;
import io.github.zklb.zookeeper.NodeFormat;
import io.github.zklb.zookeeper.membership.ZooKeeperBench;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.x.discovery.ServiceDiscovery;
import org.apache.curator.x.discovery.ServiceDiscoveryBuilder;
import org.apache.curator.x.discovery.ServiceInstance;
import org.apache.curator.x.discovery.details.JsonInstanceSerializer;
import org.apache.zookeeper.KeeperException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.springframework.cloud.zookeeper.discovery.ZookeeperInstance;
import org.springframework.cloud.zookeeper.discovery.ZookeeperServiceInstance;

/** What the registry writes, who can read it, and what it survives. */
@Execution(ExecutionMode.CONCURRENT)
class EndpointRegistryTest {

    private static final Endpoint CACHE =
            new Endpoint("cache-1", "10.0.0.1", 6379, false, 5, Map.of("zone", "z1", "weight", "5"));

    private ZooKeeperBench bench;
    private CuratorFramework client;
    private ZooKeeperEndpointRegistry registry;

    @BeforeEach
    void open() throws Exception {
        bench = new ZooKeeperBench();
        client = bench.client(bench.server.getConnectString());
        registry = bench.opened(new ZooKeeperEndpointRegistry(client, ZooKeeperBench::path, NodeFormat.JSON));
    }

    @AfterEach
    void close() throws Exception {
        bench.close();
    }

    @Test
    void anEndpointIsInZooKeeperWhenRegisterCompletes() throws Exception {
        register(CACHE);
        assertThat(stored("cache-1")).isEqualTo(CACHE);
    }

    @Test
    void aSecondRegistrationUnderTheSameIdReplacesTheFirst() throws Exception {
        register(CACHE);
        register(CACHE.withWeight(9));
        assertThat(stored("cache-1").weight()).isEqualTo(9);
    }

    @Test
    void theLastOfManyRegistrationsAtOnceCounts() throws Exception {
        CompletableFuture<Void> last = CompletableFuture.completedFuture(null);
        for (int weight = 1; weight <= 50; weight++) {
            last = registry.register("caches", CACHE.withWeight(weight));
        }
        last.get(60, TimeUnit.SECONDS);
        assertThat(stored("cache-1").weight()).isEqualTo(50);
    }

    @Test
    void theNodeOfAFormerProcessIsTakenOver() throws Exception {
        bench.register("caches", "cache-1", new byte[] {1, 2, 3});
        register(CACHE);
        await().untilAsserted(() -> assertThat(stored("cache-1")).isEqualTo(CACHE));
    }

    @Test
    void springCloudZookeeperReadsTheEndpoint() throws Exception {
        register(CACHE);
        ZookeeperServiceInstance instance = readBySpring("cache-1");
        assertThat(instance.getHost()).isEqualTo("10.0.0.1");
        assertThat(instance.getPort()).isEqualTo(6379);
        assertThat(instance.isSecure()).isFalse();
        assertThat(instance.getUri()).hasToString("http://10.0.0.1:6379");
        assertThat(instance.getMetadata()).isEqualTo(CACHE.metadata());
    }

    @Test
    void springCloudZookeeperReadsASecureEndpointAsSecure() throws Exception {
        register(new Endpoint("s", "::1", 8443, true, 1, Map.of()));
        ZookeeperServiceInstance instance = readBySpring("s");
        assertThat(instance.isSecure()).isTrue();
        assertThat(instance.getUri()).hasToString("https://[::1]:8443");
        assertThat(stored("s").secure()).isTrue();
    }

    @Test
    void springCloudZookeeperGivesTheUriOfTheEndpoint() throws Exception {
        Endpoint withUri = CACHE.withUri(URI.create("https://10.0.0.1:6379/ctx?a=%7Bb%7D"));
        register(withUri);
        assertThat(stored("cache-1")).isEqualTo(withUri);
        assertThat(readBySpring("cache-1").getUri()).hasToString("https://10.0.0.1:6379/ctx?a=%7Bb%7D");
    }

    @Test
    void whatServiceDiscoveryRegistersIsRead() throws Exception {
        try (ServiceDiscovery<ZookeeperInstance> discovery = discovery()) {
            discovery.start();
            discovery.registerService(ServiceInstance.<ZookeeperInstance>builder()
                    .name("caches")
                    .id("theirs")
                    .address("cache.example.org")
                    .port(6379)
                    .payload(new ZookeeperInstance("application-1", "caches", Map.of("weight", "3")))
                    .build());
            // Curator deletes the node and registers again when it hears that it is connected, which may be after that.
            await().ignoreException(KeeperException.NoNodeException.class)
                    .untilAsserted(() -> assertThat(stored("theirs"))
                            .isEqualTo(new Endpoint(
                                    "theirs", "cache.example.org", 6379, false, 3, Map.of("weight", "3"))));
        }
    }

    @Test
    void deregisterRemovesOnlyWhatThisRegistryMade() throws Exception {
        register(CACHE);
        bench.register("caches", "other", "10.0.0.9", 6379);
        assertThat(deregister("cache-1")).isTrue();
        assertThat(deregister("cache-1")).isFalse();
        assertThat(deregister("other")).isFalse();
        assertThat(bench.provider.getChildren().forPath(ZooKeeperBench.path("caches")))
                .containsExactly("other");
    }

    @Test
    void theRegistrationOutlivesItsSession() throws Exception {
        register(CACHE);
        long session = bench.owner("caches", "cache-1");
        bench.expire(client);
        await().untilAsserted(() -> {
            assertThat(bench.owner("caches", "cache-1")).isNotIn(-1L, 0L, session);
            assertThat(stored("cache-1")).isEqualTo(CACHE);
        });
    }

    @Test
    void whatIsAskedForWithoutZooKeeperIsDoneOnceItAnswers() throws Exception {
        TcpProxy proxy = bench.proxy();
        proxy.cut();
        ZooKeeperEndpointRegistry cutOff = bench.opened(new ZooKeeperEndpointRegistry(
                bench.client(proxy.connectString()), ZooKeeperBench::path, NodeFormat.JSON));
        CompletableFuture<Void> registered = cutOff.register("caches", CACHE);
        CompletableFuture<Void> replaced = cutOff.register("caches", CACHE.withWeight(9));
        assertThat(replaced).isNotDone();
        proxy.heal();
        assertThatThrownBy(() -> registered.get(60, TimeUnit.SECONDS))
                .hasMessageContaining("it is replaced by another registration under the same id");
        replaced.get(60, TimeUnit.SECONDS);
        assertThat(stored("cache-1").weight()).isEqualTo(9);
        proxy.cut();
        CompletableFuture<Boolean> removed = cutOff.deregister("caches", "cache-1");
        assertThat(removed).isNotDone();
        proxy.heal();
        assertThat(removed.get(60, TimeUnit.SECONDS)).isTrue();
        assertThat(bench.owner("caches", "cache-1")).isEqualTo(-1);
    }

    @Test
    void closeDoesNotWaitForAZooKeeperThatIsGone() throws Exception {
        TcpProxy proxy = bench.proxy();
        ZooKeeperEndpointRegistry cutOff = new ZooKeeperEndpointRegistry(
                bench.client(proxy.connectString()), ZooKeeperBench::path, NodeFormat.JSON);
        cutOff.register("caches", CACHE).get(60, TimeUnit.SECONDS);
        proxy.cut();
        assertTimeout(Patience.promised(Duration.ofSeconds(4)), cutOff::close);
    }

    @Test
    void closeRemovesWhatWasRegistered() throws Exception {
        register(CACHE);
        registry.close();
        assertThat(bench.provider.checkExists().forPath(ZooKeeperBench.path("caches", "cache-1")))
                .isNull();
    }

    @Test
    void whatCouldNotBeReadBackIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> registry.register("caches", Endpoint.of("user@host", 80)))
                .withMessageContaining("neither a host name nor an IP address");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> registry.register("caches", CACHE.withId("a/b")))
                .withMessageContaining("must not contain '/'");
    }

    @Test
    void whatIsTooLargeForOneRequestIsRefusedWithItsLimit() {
        int limit = 0xfffff;
        assertThatIllegalArgumentException()
                .isThrownBy(() -> registry.register("caches", sized(limit - 500)))
                .withMessageContaining("endpoint cache-1 cannot be registered: it has ")
                .withMessageContaining("jute.maxbuffer is " + limit)
                .withMessageContaining("register less metadata");
    }

    @Test
    void theLargestThatIsTakenFitsIntoOneRequest() throws Exception {
        Endpoint large = sized(0xfffff - 2_000);
        register(large);
        assertThat(stored("cache-1")).isEqualTo(large);
    }

    @Test
    void aServerThatTakesLessEndsTheFutureAndIsNotAskedForEver() throws Exception {
        TcpProxy proxy = bench.proxy();
        CuratorFramework cutOff = bench.client(proxy.connectString());
        ZooKeeperEndpointRegistry through =
                bench.opened(new ZooKeeperEndpointRegistry(cutOff, ZooKeeperBench::path, NodeFormat.JSON));
        through.register("caches", CACHE).get(60, TimeUnit.SECONDS);
        proxy.takeRequestsUpTo(100_000);
        CompletableFuture<Void> tooLarge = through.register("caches", sized(200_000));
        assertThatThrownBy(() -> tooLarge.get(60, TimeUnit.SECONDS))
                .hasMessageContaining("the connection broke each time")
                .hasMessageContaining("jute.maxbuffer");
        through.setStatus("caches", "cache-1", "OUT_OF_SERVICE").get(60, TimeUnit.SECONDS);
        assertThat(stored("cache-1").metadata()).containsEntry("instance_status", "OUT_OF_SERVICE");
        assertThat(stored("cache-1").port()).as("what was written before stays").isEqualTo(CACHE.port());
    }

    /** An endpoint whose node has about this many bytes. */
    private static Endpoint sized(int bytes) {
        return CACHE.withMetadata(Map.of("weight", "5", "large", "x".repeat(bytes - 500)));
    }

    private void register(Endpoint endpoint) throws Exception {
        registry.register("caches", endpoint).get(60, TimeUnit.SECONDS);
    }

    private boolean deregister(String id) throws Exception {
        return registry.deregister("caches", id).get(60, TimeUnit.SECONDS);
    }

    private Endpoint stored(String id) throws Exception {
        byte[] data = bench.provider.getData().forPath(ZooKeeperBench.path("caches", id));
        return EndpointDecoder.decode(id, data).endpoint();
    }

    private ZookeeperServiceInstance readBySpring(String id) throws Exception {
        try (ServiceDiscovery<ZookeeperInstance> discovery = discovery()) {
            discovery.start();
            return new ZookeeperServiceInstance("caches", discovery.queryForInstance("caches", id));
        }
    }

    private ServiceDiscovery<ZookeeperInstance> discovery() {
        return ServiceDiscoveryBuilder.builder(ZookeeperInstance.class)
                .client(bench.provider)
                .basePath(ZooKeeperBench.ROOT)
                .serializer(new JsonInstanceSerializer<>(ZookeeperInstance.class))
                .build();
    }
}
