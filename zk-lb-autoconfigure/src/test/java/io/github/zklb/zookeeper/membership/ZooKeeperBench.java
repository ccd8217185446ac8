package io.github.zklb.zookeeper.membership;

import io.github.zklb.codec.AllowList;
import io.github.zklb.membership.MembershipSettings;
import io.github.zklb.testing.FourLetters;
import io.github.zklb.testing.FreePorts;
import io.github.zklb.testing.TcpProxy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryForever;
import org.apache.curator.retry.RetryOneTime;
import org.apache.curator.test.TestingServer;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.ZooDefs.Ids;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.client.ZKClientConfig;
import org.apache.zookeeper.data.Stat;

/** A real ZooKeeper in the process, a client of the test's own, and nodes as providers write them. */
public final class ZooKeeperBench implements AutoCloseable {

    public static final String ROOT = "/services";

    /** As by default, but that a provider on a slow machine may take its time between deletion and creation. */
    static final MembershipSettings PATIENT = new MembershipSettings(
            MembershipSettings.DEFAULTS.resyncInterval(),
            MembershipSettings.DEFAULTS.verifyInterval(),
            MembershipSettings.DEFAULTS.reconnectSpread(),
            Duration.ofSeconds(20),
            MembershipSettings.DEFAULTS.readTimeout(),
            AllowList.EVERYTHING);

    public final TestingServer server;
    public final CuratorFramework provider;
    private final Deque<AutoCloseable> opened = new ArrayDeque<>();

    public ZooKeeperBench() throws Exception {
        server = new TestingServer(FreePorts.next());
        provider = opened(builder(server.getConnectString())
                .authorization("digest", "provider:secret".getBytes(StandardCharsets.UTF_8))
                .build());
        provider.start();
    }

    /** A started client, closed with the bench. */
    public CuratorFramework client(String connectString) {
        CuratorFramework client = opened(builder(connectString).build());
        client.start();
        return client;
    }

    /** A started client that takes no answer larger than the given number of bytes; closed with the bench. */
    CuratorFramework narrowClient(String connectString, int bytes) {
        ZKClientConfig config = new ZKClientConfig();
        config.setProperty(ZKClientConfig.JUTE_MAXBUFFER, String.valueOf(bytes));
        CuratorFramework client =
                opened(builder(connectString).zkClientConfig(config).build());
        client.start();
        return client;
    }

    /** A started client of some servers, which the caller closes; what it does is tried until it is done. */
    public static CuratorFramework started(String connectString, int sessionMillis) {
        CuratorFramework client = builder(connectString)
                .sessionTimeoutMs(sessionMillis)
                .retryPolicy(new RetryForever(200))
                .build();
        client.start();
        return client;
    }

    private static CuratorFrameworkFactory.Builder builder(String connectString) {
        return CuratorFrameworkFactory.builder()
                .connectString(connectString)
                .sessionTimeoutMs(4_000)
                .connectionTimeoutMs(2_000)
                .retryPolicy(new RetryOneTime(100))
                .ensembleTracker(false);
    }

    /** A proxy before the server, closed with the bench. */
    public TcpProxy proxy() throws Exception {
        return opened(new TcpProxy(server.getPort()));
    }

    /** Memberships over a client, closed with the bench before the client. */
    public ZooKeeperMemberships memberships(CuratorFramework client, MembershipSettings settings) {
        return memberships(client, settings, ZooKeeperBench::path);
    }

    /** Memberships of services at other paths. */
    ZooKeeperMemberships memberships(
            CuratorFramework client, MembershipSettings settings, Function<String, String> pathOf) {
        return opened(new ZooKeeperMemberships(client, pathOf, service -> settings));
    }

    public <T extends AutoCloseable> T opened(T closeable) {
        opened.push(closeable);
        return closeable;
    }

    public static String path(String service) {
        return ROOT + '/' + service;
    }

    public static String path(String service, String id) {
        return path(service) + '/' + id;
    }

    /** What Spring Cloud Zookeeper writes for an instance. */
    public static byte[] json(String id, String address, int port, Map<String, String> metadata) {
        String entries = metadata.entrySet().stream()
                .map(entry -> "\"%s\":\"%s\"".formatted(entry.getKey(), entry.getValue()))
                .collect(Collectors.joining(","));
        return """
                {"name":"orders","id":"%s","address":"%s","port":%d,"sslPort":null,\
                "payload":{"@class":"org.springframework.cloud.zookeeper.discovery.ZookeeperInstance",\
                "id":"application-1","name":"orders","metadata":{%s}},\
                "registrationTimeUTC":1795413600000,"serviceType":"DYNAMIC",\
                "uriSpec":{"parts":[{"value":"scheme","variable":true},{"value":"://","variable":false},\
                {"value":"address","variable":true},{"value":":","variable":false},{"value":"port","variable":true}]}}""".formatted(id, address, port, entries).getBytes(StandardCharsets.UTF_8);
    }

    public void register(String service, String id, String address, int port) throws Exception {
        register(service, id, json(id, address, port, Map.of()));
    }

    public void register(String service, String id, byte[] data) throws Exception {
        provider.create()
                .creatingParentsIfNeeded()
                .withMode(CreateMode.PERSISTENT)
                .forPath(path(service, id), data);
    }

    void edit(String service, String id, byte[] data) throws Exception {
        provider.setData().forPath(path(service, id), data);
    }

    /** Makes a node readable by the provider alone, or by everyone again. */
    public void protect(String path, boolean secret) throws Exception {
        provider.setACL()
                .withACL(secret ? Ids.CREATOR_ALL_ACL : Ids.OPEN_ACL_UNSAFE)
                .forPath(path);
    }

    public void deregister(String service, String id) throws Exception {
        provider.delete().forPath(path(service, id));
    }

    /** The session that owns an instance's node: 0 if the node is not ephemeral, -1 if there is none. */
    public long owner(String service, String id) throws Exception {
        Stat stat = provider.checkExists().forPath(path(service, id));
        return stat == null ? -1 : stat.getEphemeralOwner();
    }

    /** Ends a client's session at the server, as if it had not been heard of for too long; the client learns it later. */
    public void expire(CuratorFramework client) throws Exception {
        expire(client, server.getConnectString());
    }

    /** Ends a client's session at any of some servers. */
    public static void expire(CuratorFramework client, String connectString) throws Exception {
        ZooKeeper victim = client.getZookeeperClient().getZooKeeper();
        CountDownLatch connected = new CountDownLatch(1);
        ZooKeeper twin = new ZooKeeper(
                connectString,
                victim.getSessionTimeout(),
                event -> connected.countDown(),
                victim.getSessionId(),
                victim.getSessionPasswd());
        connected.await();
        twin.close();
    }

    /** How many packets the server has received so far. */
    long packetsReceived() throws Exception {
        return number("srvr", "Received: (\\d+)");
    }

    /** The last request that each session made, pings left out. */
    String lastRequests() throws Exception {
        return FourLetters.lastRequests(FourLetters.ask("127.0.0.1", server.getPort(), "cons"));
    }

    /** How many watches the server keeps. */
    long watches() throws Exception {
        return number("wchs", "Total watches:(\\d+)");
    }

    private long number(String command, String pattern) throws Exception {
        String answer = FourLetters.ask("127.0.0.1", server.getPort(), command);
        Matcher matcher = Pattern.compile(pattern).matcher(answer);
        if (!matcher.find()) {
            throw new IllegalStateException(command + " answered " + answer);
        }
        return Long.parseLong(matcher.group(1));
    }

    @Override
    public void close() throws Exception {
        while (!opened.isEmpty()) {
            opened.pop().close();
        }
        server.close();
    }
}
