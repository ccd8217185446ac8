package io.github.zklb.registration;

import io.github.zklb.Endpoint;
import io.github.zklb.EndpointRegistry;
import io.github.zklb.codec.EndpointEncoder;
import io.github.zklb.codec.Printable;
import io.github.zklb.membership.WorkerThread;
import io.github.zklb.zookeeper.NodeFormat;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.utils.PathUtils;

/**
 * Registers endpoints as ephemeral nodes of one borrowed {@link CuratorFramework}, which is never closed here. All work
 * is done on a thread of its own.
 */
public final class ZooKeeperEndpointRegistry implements EndpointRegistry, AutoCloseable {

    private static final Duration LONGEST_CLOSE = Duration.ofSeconds(2);

    private final CuratorFramework client;
    private final Function<String, String> pathOf;
    private final NodeFormat format;
    private final WorkerThread worker = new WorkerThread("zk-lb-registry");
    private final Map<String, EndpointRegistration> registrations = new HashMap<>();
    private volatile boolean closed;

    /**
     * A registry without registrations.
     *
     * @param client the client, started or not; it stays the caller's
     * @param pathOf the path of a service's directory
     * @param format how a registration is to stand in its node
     */
    public ZooKeeperEndpointRegistry(CuratorFramework client, Function<String, String> pathOf, NodeFormat format) {
        this.client = client;
        this.pathOf = pathOf;
        this.format = format;
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the id cannot be the name of a node, or zk-lb would not read the endpoint back
     * @throws IllegalStateException if the registry is closed
     */
    @Override
    public CompletableFuture<Void> register(String serviceId, Endpoint endpoint) {
        String path = path(serviceId, endpoint.id());
        byte[] data = format.content(EndpointEncoder.encode(serviceId, endpoint, worker.wallClock()));
        CompletableFuture<Void> written = new CompletableFuture<>();
        worker.execute(() -> write(path, data, written));
        return written;
    }

    @Override
    public CompletableFuture<Boolean> deregister(String serviceId, String endpointId) {
        String path = path(serviceId, endpointId);
        CompletableFuture<Boolean> removed = new CompletableFuture<>();
        worker.execute(() -> {
            EndpointRegistration registration = registrations.remove(path);
            if (registration == null) {
                removed.complete(false);
            } else if (registration.remove()) {
                removed.complete(true);
            } else {
                registration.awaitGone(removed);
            }
        });
        return removed;
    }

    /** Removes what this registry registered. Waits at most 2 s: what is left then goes with the client's session. */
    @Override
    public void close() {
        closed = true;
        worker.execute(() -> {
            registrations.values().forEach(EndpointRegistration::remove);
            registrations.clear();
        });
        worker.close(LONGEST_CLOSE);
    }

    private void write(String path, byte[] data, CompletableFuture<Void> written) {
        try {
            registrations
                    .computeIfAbsent(path, of -> new EndpointRegistration(client, worker, path, data))
                    .write(data, written);
        } catch (RuntimeException e) {
            written.completeExceptionally(e);
        }
    }

    private String path(String serviceId, String id) {
        if (id.indexOf('/') >= 0) {
            throw new IllegalArgumentException("an endpoint's id must not contain '/': " + Printable.of(id));
        }
        if (closed) {
            throw new IllegalStateException("the registry is closed");
        }
        return PathUtils.validatePath(pathOf.apply(serviceId) + '/' + id);
    }
}
