package io.github.zklb.zookeeper.membership;

import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.membership.Membership;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.membership.MembershipSettings;
import io.github.zklb.membership.ServiceMembership;
import io.github.zklb.testing.TcpProxy;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;

/**
 * The membership of a service with two endpoints, {@code 10.0.0.1} and {@code 10.0.0.2}, over a proxy that breaks the
 * network before a server.
 */
final class LiveOrders implements AutoCloseable {

    final ZooKeeperBench bench;
    final TcpProxy proxy;
    final CuratorFramework client;
    final ZooKeeperMemberships memberships;
    final ServiceMembership membership;
    /** All that was published from the first answer on. */
    final List<Membership> published = new CopyOnWriteArrayList<>();

    LiveOrders(MembershipSettings settings) throws Exception {
        bench = new ZooKeeperBench();
        bench.register("orders", "a", "10.0.0.1", 80);
        bench.register("orders", "b", "10.0.0.2", 80);
        proxy = bench.proxy();
        client = bench.client(proxy.connectString());
        memberships = bench.memberships(client, settings);
        membership = memberships.service("orders");
        membership.firstAnswer().get(60, TimeUnit.SECONDS);
        membership.subscribe(published::add);
    }

    /** The hosts that are published now, in their order. */
    List<String> hosts() {
        return hosts(membership.current());
    }

    static List<String> hosts(Membership of) {
        return of.hosts().endpoints().stream().map(Endpoint::host).toList();
    }

    void awaitState(State state, Duration atMost) {
        await().atMost(atMost).until(() -> membership.current().state() == state);
    }

    void awaitHosts(Duration atMost, String... hosts) {
        await().atMost(atMost).until(() -> hosts().equals(List.of(hosts)));
    }

    @Override
    public void close() throws Exception {
        bench.close();
    }
}
