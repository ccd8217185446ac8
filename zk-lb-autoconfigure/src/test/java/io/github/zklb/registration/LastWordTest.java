package io.github.zklb.registration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.codec.EndpointDecoder;
import io.github.zklb.testing.TcpProxy;
import io.github.zklb.zookeeper.NodeFormat;
import io.github.zklb.zookeeper.membership.ZooKeeperBench;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.zookeeper.KeeperException.NoAuthException;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooDefs.Perms;
import org.apache.zookeeper.data.ACL;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** How every future of the registry ends, and that the last word about an id counts. */
@Execution(ExecutionMode.CONCURRENT)
class LastWordTest {

    private static final Endpoint CACHE = Endpoint.of("10.0.0.1", 6379).withId("cache-1");

    private ZooKeeperBench bench;
    private TcpProxy proxy;
    private CuratorFramework client;
    private ZooKeeperEndpointRegistry registry;

    @BeforeEach
    void open() throws Exception {
        bench = new ZooKeeperBench();
        proxy = bench.proxy();
        client = bench.client(proxy.connectString());
        registry = registry(client);
    }

    @AfterEach
    void close() throws Exception {
        bench.close();
    }

    @Test
    void whoMayNotCreateIsToldSoAndMayTryAgain() throws Exception {
        bench.register("caches", "other", "10.0.0.2", 6379);
        bench.protect(ZooKeeperBench.path("caches"), true);
        assertFailure(registry.register("caches", CACHE)).isInstanceOf(NoAuthException.class);
        assertThat(get(registry.deregister("caches", CACHE.id()))).isFalse();
        bench.protect(ZooKeeperBench.path("caches"), false);
        get(registry.register("caches", CACHE));
        assertThat(stored()).isEqualTo(CACHE);
    }

    @Test
    void whoMayNotReplaceIsToldSoAndWhatWasThereStays() throws Exception {
        get(registry.register("caches", CACHE));
        bench.protect(ZooKeeperBench.path("caches", CACHE.id()), true);
        assertFailure(registry.register("caches", CACHE.withWeight(9))).isInstanceOf(NoAuthException.class);
        assertFailure(registry.setStatus("caches", CACHE.id(), "DOWN")).isInstanceOf(NoAuthException.class);
        assertThat(stored()).isEqualTo(CACHE);
        bench.protect(ZooKeeperBench.path("caches", CACHE.id()), false);
        get(registry.setWeight("caches", CACHE.id(), 3));
        assertThat(stored()).isEqualTo(CACHE.withMetadata(Map.of("weight", "3")).withWeight(3));
    }

    @Test
    void whoMayNotRemoveIsToldSoAndStaysRegistered() throws Exception {
        get(registry.register("caches", CACHE));
        bench.provider
                .setACL()
                .withACL(List.of(new ACL(Perms.READ | Perms.CREATE | Perms.ADMIN, Ids.ANYONE_ID_UNSAFE)))
                .forPath(ZooKeeperBench.path("caches"));
        assertFailure(registry.deregister("caches", CACHE.id())).isInstanceOf(NoAuthException.class);
        assertThat(stored()).isEqualTo(CACHE);
        bench.protect(ZooKeeperBench.path("caches"), false);
        assertThat(get(registry.deregister("caches", CACHE.id()))).isTrue();
    }

    @Test
    void ofCallsWhileZooKeeperIsAwayTheLastCounts() throws Exception {
        get(registry.register("caches", CACHE));
        for (boolean registered : List.of(true, false, true)) {
            proxy.cut();
            CompletableFuture<Void> first = registry.register("caches", CACHE.withWeight(2));
            CompletableFuture<Boolean> second = registry.deregister("caches", CACHE.id());
            CompletableFuture<Void> third = registry.register("caches", CACHE.withWeight(3));
            CompletableFuture<?> last = registered ? third : registry.deregister("caches", CACHE.id());
            assertThat(last).isNotDone();
            proxy.heal();
            get(last);
            assertFailure(first).hasMessageContaining("it is deregistered");
            assertFailure(second).hasMessageContaining("replaced by another registration");
            assertThat(bench.owner("caches", CACHE.id()) != -1).isEqualTo(registered);
            if (registered) {
                assertThat(stored().weight()).isEqualTo(3);
            } else {
                assertFailure(third).isInstanceOf(IllegalStateException.class);
            }
        }
    }

    @Test
    void theLastWordOutlivesARestartOfTheServer() throws Exception {
        get(registry.register("caches", CACHE));
        int port = bench.server.getPort();
        CuratorFramework direct = bench.client("127.0.0.1:" + port);
        ZooKeeperEndpointRegistry other = registry(direct);
        get(other.register("caches", CACHE.withId("cache-2")));
        bench.server.stop();
        CompletableFuture<Void> lost = other.setWeight("caches", "cache-2", 7);
        CompletableFuture<Boolean> gone = other.deregister("caches", "cache-2");
        CompletableFuture<Void> back =
                other.register("caches", CACHE.withId("cache-2").withWeight(8));
        bench.server.restart();
        get(back);
        assertThat(lost).isCompletedExceptionally();
        assertThat(gone).isCompletedExceptionally();
        await().untilAsserted(() -> {
            assertThat(stored("cache-2").weight()).isEqualTo(8);
            assertThat(stored()).isEqualTo(CACHE);
        });
    }

    @Test
    void closingEndsWhatWaits() {
        proxy.cut();
        CompletableFuture<Void> registered = registry.register("caches", CACHE);
        CompletableFuture<Boolean> removed = registry.deregister("caches", CACHE.id());
        registry.close();
        assertFailure(registered).isInstanceOf(IllegalStateException.class);
        assertFailure(removed).hasMessageContaining("the registry is closed");
        assertThatThrownBy(() -> registry.register("caches", CACHE)).hasMessage("the registry is closed");
    }

    @Test
    void theEndOfTheClientEndsWhatWaits() {
        proxy.cut();
        CompletableFuture<Void> registered = registry.register("caches", CACHE);
        client.close();
        assertFailure(registered).hasMessageContaining("the ZooKeeper client is closed");
        assertFailure(registry.register("caches", CACHE)).hasMessageContaining("the ZooKeeper client is closed");
    }

    @Test
    void twoProcessesDoNotFightForAnId() throws Exception {
        get(registry.register("caches", CACHE));
        ZooKeeperEndpointRegistry other = registry(bench.client(bench.server.getConnectString()));
        get(other.register("caches", CACHE.withWeight(2)));
        long owner = bench.owner("caches", CACHE.id());
        get(registry.register("caches", CACHE.withId("cache-2")));
        assertThat(bench.owner("caches", CACHE.id())).isEqualTo(owner);
        assertThat(stored().weight()).isEqualTo(2);
        other.close();
        await().ignoreExceptions().until(() -> stored().equals(CACHE));
    }

    @Test
    void aNodeThatSomebodyDeletesIsWrittenAgain() throws Exception {
        get(registry.register("caches", CACHE));
        bench.deregister("caches", CACHE.id());
        await().ignoreExceptions().until(() -> stored().equals(CACHE));
    }

    @Test
    void aStatusAndAWeightAreChangedAndOutliveTheSession() throws Exception {
        get(registry.register("caches", CACHE.withMetadata(Map.of("zone", "z1"))));
        get(registry.setStatus("caches", CACHE.id(), "OUT_OF_SERVICE"));
        get(registry.setWeight("caches", CACHE.id(), 2.5));
        long session = bench.owner("caches", CACHE.id());
        bench.expire(client);
        await().until(() -> !List.of(-1L, session).contains(bench.owner("caches", CACHE.id())));
        assertThat(stored())
                .isEqualTo(CACHE.withWeight(2.5)
                        .withMetadata(Map.of("zone", "z1", "instance_status", "OUT_OF_SERVICE", "weight", "2.5")));
        get(registry.setStatus("caches", CACHE.id(), "UP"));
        assertThat(stored().metadata()).containsEntry("instance_status", "UP");
    }

    @Test
    void onlyWhatThisRegistryRegisteredIsChanged() throws Exception {
        bench.register("caches", "other", "10.0.0.2", 6379);
        assertFailure(registry.setStatus("caches", "other", "DOWN"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("/services/caches/other: this registry has no such registration");
        get(registry.register("caches", CACHE));
        assertFailure(registry.setWeight("caches", CACHE.id(), -1)).isInstanceOf(IllegalArgumentException.class);
        get(registry.deregister("caches", CACHE.id()));
        assertFailure(registry.setWeight("caches", CACHE.id(), 1)).hasMessageContaining("no such registration");
    }

    private ZooKeeperEndpointRegistry registry(CuratorFramework of) {
        return bench.opened(new ZooKeeperEndpointRegistry(of, ZooKeeperBench::path, NodeFormat.JSON));
    }

    private static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(60, TimeUnit.SECONDS);
    }

    private static AbstractThrowableAssert<?, ?> assertFailure(CompletableFuture<?> future) {
        await().until(future::isDone);
        return assertThat(future.handle((value, failure) -> failure).join());
    }

    private Endpoint stored() throws Exception {
        return stored(CACHE.id());
    }

    private Endpoint stored(String id) throws Exception {
        byte[] data = bench.provider.getData().forPath(ZooKeeperBench.path("caches", id));
        return EndpointDecoder.decode(id, data).endpoint();
    }
}
