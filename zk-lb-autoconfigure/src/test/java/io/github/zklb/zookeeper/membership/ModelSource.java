package io.github.zklb.zookeeper.membership;

import io.github.zklb.Endpoint;
import io.github.zklb.codec.AllowList;
import io.github.zklb.codec.EndpointDecoder;
import io.github.zklb.codec.EndpointDecoder.InvalidNodeException;
import io.github.zklb.membership.Membership;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.membership.MembershipSettings;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.cache.ChildData;
import org.apache.curator.framework.recipes.cache.CuratorCache;
import org.apache.curator.framework.recipes.cache.CuratorCacheListener;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.curator.x.discovery.ServiceCache;
import org.apache.curator.x.discovery.ServiceDiscovery;
import org.apache.curator.x.discovery.ServiceDiscoveryBuilder;
import org.apache.curator.x.discovery.ServiceInstance;
import org.apache.curator.x.discovery.details.ServiceCacheListener;
import org.springframework.cloud.zookeeper.discovery.ZookeeperInstance;

/** Whatever tells the endpoints of services, to be compared with ZooKeeper's own content. */
interface ModelSource extends AutoCloseable {

    /** Makes a source over a client. */
    @FunctionalInterface
    interface Factory {
        ModelSource over(CuratorFramework client);
    }

    /** Follows a service, and gives each version of it, addresses by the ids of the endpoints. */
    void follow(String service, Consumer<Map<String, String>> published) throws Exception;

    /** zk-lb's own, which publishes without delay, and reads everything again at the given interval only. */
    static Factory zkLb(Duration resyncInterval) {
        MembershipSettings settings = settings(resyncInterval);
        return client -> {
            ZooKeeperMemberships memberships =
                    new ZooKeeperMemberships(client, ZooKeeperBench::path, service -> settings);
            return new Following(memberships) {
                @Override
                public void follow(String service, Consumer<Map<String, String>> published) {
                    memberships.service(service).subscribe(each -> publish(each, published));
                }
            };
        };
    }

    /** Publishes without delay. */
    static MembershipSettings settings(Duration resyncInterval) {
        return new MembershipSettings(
                resyncInterval,
                resyncInterval,
                Duration.ofMillis(500),
                Duration.ofMillis(20),
                Duration.ofSeconds(5),
                AllowList.EVERYTHING);
    }

    /** What a source of zk-lb's says; a service that was never read is told to be so, and caches have no word for it. */
    static void publish(Membership membership, Consumer<Map<String, String>> published) {
        boolean nothing = membership.state() == State.LOADING || membership.state() == State.DENIED;
        if (!(nothing && membership.hosts().isEmpty())) {
            published.accept(
                    membership.hosts().endpoints().stream().collect(Collectors.toMap(Endpoint::id, Endpoint::address)));
        }
    }

    /** Curator's cache of a node and its children. */
    static Factory curatorCache() {
        return client -> new Following() {
            @Override
            public void follow(String service, Consumer<Map<String, String>> published) {
                CuratorCache cache = closedWithThis(CuratorCache.build(client, ZooKeeperBench.path(service)));
                AtomicBoolean initialized = new AtomicBoolean();
                Runnable publish = () -> published.accept(cache.stream()
                        .filter(data -> data.getPath().length() > service.length() + 10)
                        .collect(Collectors.toMap(Following::id, Following::address)));
                cache.listenable()
                        .addListener(CuratorCacheListener.builder()
                                .forInitialized(() -> {
                                    initialized.set(true);
                                    publish.run();
                                })
                                .forAll((type, before, after) -> {
                                    if (initialized.get()) {
                                        publish.run();
                                    }
                                })
                                .build());
                cache.start();
            }
        };
    }

    /** The cache of Curator's service discovery, on which Spring Cloud Zookeeper could be built. */
    static Factory serviceCache() {
        return client -> new Following() {
            @Override
            public void follow(String service, Consumer<Map<String, String>> published) throws Exception {
                ServiceDiscovery<ZookeeperInstance> discovery =
                        closedWithThis(ServiceDiscoveryBuilder.builder(ZookeeperInstance.class)
                                .client(client)
                                .basePath(ZooKeeperBench.ROOT)
                                .build());
                ServiceCache<ZookeeperInstance> cache = closedWithThis(
                        discovery.serviceCacheBuilder().name(service).build());
                Runnable publish = () -> published.accept(cache.getInstances().stream()
                        .collect(Collectors.toMap(
                                ServiceInstance::getId, each -> each.getAddress() + ":" + each.getPort())));
                cache.addListener(new ServiceCacheListener() {
                    @Override
                    public void cacheChanged() {
                        publish.run();
                    }

                    @Override
                    public void stateChanged(CuratorFramework of, ConnectionState state) {}
                });
                cache.start();
                publish.run();
            }
        };
    }

    /** Closes what it has opened, last first. */
    abstract class Following implements ModelSource {

        private final Deque<AutoCloseable> opened = new ArrayDeque<>();

        Following(AutoCloseable... opened) {
            this.opened.addAll(List.of(opened));
        }

        <T extends AutoCloseable> T closedWithThis(T closeable) {
            opened.push(closeable);
            return closeable;
        }

        @Override
        public void close() throws Exception {
            while (!opened.isEmpty()) {
                opened.pop().close();
            }
        }

        static String id(ChildData data) {
            return data.getPath().substring(data.getPath().lastIndexOf('/') + 1);
        }

        static String address(ChildData data) {
            try {
                return EndpointDecoder.decode(id(data), data.getData())
                        .endpoint()
                        .address();
            } catch (InvalidNodeException e) {
                return "invalid: " + e.getMessage();
            }
        }
    }
}
