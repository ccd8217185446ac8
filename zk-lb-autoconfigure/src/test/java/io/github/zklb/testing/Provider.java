package io.github.zklb.testing;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryOneTime;
import org.apache.curator.x.discovery.ServiceDiscovery;
import org.apache.curator.x.discovery.ServiceDiscoveryBuilder;
import org.apache.curator.x.discovery.ServiceInstance;
import org.apache.curator.x.discovery.ServiceInstanceBuilder;
import org.apache.curator.x.discovery.UriSpec;
import org.springframework.cloud.zookeeper.discovery.ZookeeperInstance;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;

/**
 * A provider as Spring Cloud Zookeeper makes one: an HTTP server that answers with its own name, and a registration
 * written by Curator's service discovery with Spring's payload, in a session of its own.
 */
public final class Provider implements AutoCloseable {

    /** The response's header that names the provider, whatever the status is. */
    public static final String NAME_HEADER = "X-Provider";

    private static final String ROOT = "/services";

    /** Long enough that a slow machine does not lose a session, and register anew, in the middle of a test. */
    private static final int SESSION_MILLIS = 20_000;

    private final String name;
    private final String serviceId;
    private final DisposableServer server;
    private final CuratorFramework client;
    private volatile int status = 200;
    private volatile Map<String, String> headers = Map.of();
    private volatile Consumer<String> onRequest = any -> {};
    private volatile Mono<?> held = Mono.empty();
    private ServiceDiscovery<ZookeeperInstance> discovery;
    private ServiceInstance<ZookeeperInstance> registration;

    private Provider(
            String name,
            String serviceId,
            String connectString,
            int sessionMillis,
            int port,
            Map<String, String> metadata) {
        this.name = name;
        this.serviceId = serviceId;
        this.server = serve(port);
        this.client = CuratorFrameworkFactory.newClient(connectString, sessionMillis, 5_000, new RetryOneTime(100));
        register(metadata);
    }

    /** Starts a provider on a free port. */
    public static Provider start(String serviceId, String name, String connectString, int weight) {
        return start(serviceId, name, connectString, Map.of("weight", String.valueOf(weight)));
    }

    /** Starts a provider on a free port, with the given metadata. */
    public static Provider start(String serviceId, String name, String connectString, Map<String, String> metadata) {
        return new Provider(name, serviceId, connectString, SESSION_MILLIS, 0, metadata);
    }

    /** Starts a provider on a given port. */
    public static Provider startAt(int port, String serviceId, String name, String connectString, int weight) {
        return new Provider(
                name, serviceId, connectString, SESSION_MILLIS, port, Map.of("weight", String.valueOf(weight)));
    }

    /** Starts a provider whose session ends soon after it is cut off. */
    public static Provider startWithShortSession(String serviceId, String name, String connectString) {
        return new Provider(name, serviceId, connectString, 2_000, 0, Map.of());
    }

    private DisposableServer serve(int port) {
        return TestServers.create()
                .host("127.0.0.1")
                .port(port)
                .handle((request, response) -> {
                    onRequest.accept(name);
                    headers.forEach(response::header);
                    return response.status(status)
                            .header(NAME_HEADER, name)
                            .sendString(Mono.just(name).delayUntil(any -> held));
                })
                .bindNow();
    }

    private void register(Map<String, String> metadata) {
        try {
            Map<String, String> all = new LinkedHashMap<>(metadata);
            all.putIfAbsent("instance_status", "UP");
            client.start();
            client.blockUntilConnected();
            registration = newRegistration(all).build();
            discovery = ServiceDiscoveryBuilder.builder(ZookeeperInstance.class)
                    .client(client)
                    .basePath(ROOT)
                    .build();
            discovery.start();
            discovery.registerService(registration);
        } catch (Exception e) {
            throw new IllegalStateException("cannot register " + name, e);
        }
    }

    private ServiceInstanceBuilder<ZookeeperInstance> newRegistration(Map<String, String> metadata) throws Exception {
        return ServiceInstance.<ZookeeperInstance>builder()
                .name(serviceId)
                .address("127.0.0.1")
                .port(port())
                .uriSpec(new UriSpec("{scheme}://{address}:{port}"))
                .payload(new ZookeeperInstance("application-1", serviceId, metadata));
    }

    /** Registers other metadata in place of the present, under the same id, in one write. */
    public void updateMetadata(Map<String, String> metadata) {
        try {
            registration = newRegistration(metadata).id(registration.getId()).build();
            discovery.updateService(registration);
        } catch (Exception e) {
            throw new IllegalStateException("cannot update " + name, e);
        }
    }

    /** Overwrites the registration with bytes of any kind. */
    public void overwrite(byte[] data) {
        try {
            client.setData().forPath(path(), data);
        } catch (Exception e) {
            throw new IllegalStateException("cannot overwrite " + name, e);
        }
    }

    /** Ends the session, so that ZooKeeper removes the registration, and goes on serving HTTP. */
    public void endSession() {
        client.close();
    }

    /** Answers with another status from now on. */
    public void answersWith(int newStatus) {
        answersWith(newStatus, Map.of());
    }

    /** Answers with another status and with these headers from now on. */
    public void answersWith(int newStatus, Map<String, String> newHeaders) {
        status = newStatus;
        headers = newHeaders;
    }

    /** Tells of each request from now on, by the provider's name, before it is answered. */
    public void onRequest(Consumer<String> listener) {
        onRequest = listener;
    }

    /** Answers from now on when this has completed. */
    public void holdUntil(Mono<?> released) {
        held = released;
    }

    /** The node of the registration. */
    public String path() {
        return ROOT + "/" + serviceId + "/" + registration.getId();
    }

    /** The name that the server answers with. */
    public String name() {
        return name;
    }

    /** The port of the HTTP server. */
    public int port() {
        return server.port();
    }

    /** Deregisters and stops. */
    @Override
    public void close() {
        client.close();
        server.disposeNow();
    }
}
