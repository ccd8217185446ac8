package io.github.zklb.registration;

import io.github.zklb.Endpoint;
import io.github.zklb.EndpointRegistry;
import io.github.zklb.Message;
import io.github.zklb.codec.EndpointEncoder;
import io.github.zklb.codec.Printable;
import io.github.zklb.membership.WorkerThread;
import io.github.zklb.zookeeper.NodeFormat;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.api.CuratorEventType;
import org.apache.curator.framework.api.CuratorListener;
import org.apache.curator.framework.state.ConnectionStateListener;
import org.apache.curator.utils.PathUtils;
import org.apache.zookeeper.client.ZKClientConfig;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.cloud.zookeeper.support.StatusConstants;

/**
 * Registers endpoints as ephemeral nodes of one borrowed {@link CuratorFramework}, which is never closed here. All work
 * is done on a thread of its own, which waits for nothing.
 */
public final class ZooKeeperEndpointRegistry implements EndpointRegistry, AutoCloseable {

    private static final Duration LONGEST_CLOSE = Duration.ofSeconds(2);

    /** What a request has beside path and content: its header, flags, a namespace and an access control list. */
    private static final int OVERHEAD = 1024;

    private static final String CLOSED = "the registry is closed";

    private static final Logger log = LoggerFactory.getLogger(ZooKeeperEndpointRegistry.class);

    private final CuratorFramework client;
    private final Function<String, String> pathOf;
    private final NodeFormat format;
    private final WorkerThread worker = new WorkerThread("zk-lb-registry");
    private final Map<String, EndpointRegistration> registrations = new HashMap<>();
    private final ConnectionStateListener connections = (of, state) -> {
        if (state.isConnected()) {
            all().forEach(EndpointRegistration::look);
        }
    };
    private final CuratorListener ends = (of, event) -> {
        if (event.getType() == CuratorEventType.CLOSING) {
            all().forEach(registration -> registration.stop("the ZooKeeper client is closed"));
            registrations.clear();
        }
    };
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
        client.getConnectionStateListenable().addListener(connections, worker);
        client.getCuratorListenable().addListener(ends, worker);
    }

    /**
     * {@inheritDoc}
     *
     * @throws IllegalArgumentException if the id cannot be the name of a node, zk-lb would not read the endpoint back, or the
     *     registration is larger than what ZooKeeper takes in one request
     * @throws IllegalStateException if the registry is closed
     */
    @Override
    public CompletableFuture<Void> register(String serviceId, Endpoint endpoint) {
        String path = path(serviceId, endpoint.id());
        Content content = content(serviceId, path, endpoint);
        return done(run(
                () -> registrations.computeIfAbsent(path, this::registration).register(content)));
    }

    @Override
    public CompletableFuture<Boolean> deregister(String serviceId, String endpointId) {
        String path = path(serviceId, endpointId);
        return run(() -> {
            EndpointRegistration registration = registrations.get(path);
            return registration == null
                    ? CompletableFuture.completedFuture(false)
                    : registration.remove("it is deregistered");
        });
    }

    @Override
    public CompletableFuture<Void> setStatus(String serviceId, String endpointId, String status) {
        return change(serviceId, endpointId, endpoint -> {
            Map<String, String> metadata = new LinkedHashMap<>(endpoint.metadata());
            metadata.put(StatusConstants.INSTANCE_STATUS_KEY, status);
            return endpoint.withMetadata(metadata);
        });
    }

    @Override
    public CompletableFuture<Void> setWeight(String serviceId, String endpointId, double weight) {
        return change(serviceId, endpointId, endpoint -> endpoint.withWeight(weight));
    }

    private CompletableFuture<Void> change(String serviceId, String endpointId, UnaryOperator<Endpoint> change) {
        String path = path(serviceId, endpointId);
        return done(run(() -> {
            EndpointRegistration registration = registrations.get(path);
            Endpoint endpoint = registration == null ? null : registration.endpoint();
            if (registration == null || endpoint == null) {
                throw new IllegalStateException(Printable.of(path) + ": this registry has no such registration");
            }
            return registration.register(content(serviceId, path, change.apply(endpoint)));
        }));
    }

    /** Removes what this registry registered. Waits at most 2 s: what is left then goes with the client's session. */
    @Override
    public void close() {
        closed = true;
        client.getConnectionStateListenable().removeListener(connections);
        CompletableFuture<Void> gone = new CompletableFuture<>();
        worker.execute(() -> {
            CompletableFuture<?>[] removals = all().stream()
                    .map(registration -> registration.remove(CLOSED))
                    .toArray(CompletableFuture<?>[]::new);
            var unused = CompletableFuture.allOf(removals).whenComplete((all, failure) -> gone.complete(null));
        });
        try {
            gone.get(LONGEST_CLOSE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            log.debug("The registrations were not removed in time", e);
        }
        worker.execute(() -> all().forEach(registration -> registration.abandon(CLOSED)));
        client.getCuratorListenable().removeListener(ends);
        worker.close(LONGEST_CLOSE);
    }

    private List<EndpointRegistration> all() {
        return List.copyOf(registrations.values());
    }

    private EndpointRegistration registration(String path) {
        return new EndpointRegistration(client, worker, path, () -> registrations.remove(path));
    }

    private Content content(String serviceId, String path, Endpoint endpoint) {
        byte[] json = EndpointEncoder.encode(serviceId, endpoint, worker.wallClock());
        byte[] data = format.content(json);
        int limit = Integer.getInteger(ZKClientConfig.JUTE_MAXBUFFER, ZKClientConfig.CLIENT_MAX_PACKET_LENGTH_DEFAULT);
        int most = limit - OVERHEAD - path.length();
        int size = format.size(path, data);
        if (size > most) {
            throw new IllegalArgumentException(Message.A_REGISTRATION_THAT_IS_TOO_LARGE.of("endpoint "
                    + Printable.of(endpoint.id()) + " cannot be registered: it has " + size
                    + " bytes, and ZooKeeper takes " + most + " with this path (jute.maxbuffer is " + limit
                    + "); register less metadata"));
        }
        return new Content(endpoint, data);
    }

    /** Runs a task on the worker; whatever it throws, and the end of the registry, ends the future. */
    private CompletableFuture<Boolean> run(Supplier<CompletableFuture<Boolean>> task) {
        CompletableFuture<Boolean> result = new CompletableFuture<>();
        worker.execute(() -> {
            try {
                requireOpen();
                var unused = task.get().whenComplete((value, failure) -> end(result, value, failure));
            } catch (RuntimeException e) {
                result.completeExceptionally(e);
            }
        });
        if (closed) { // the worker may have dropped it
            result.completeExceptionally(new IllegalStateException(CLOSED));
        }
        return result;
    }

    private static CompletableFuture<Void> done(CompletableFuture<Boolean> source) {
        CompletableFuture<Void> result = new CompletableFuture<>();
        var unused = source.whenComplete((value, failure) -> end(result, null, failure));
        return result;
    }

    private static <T> void end(CompletableFuture<T> future, @Nullable T value, @Nullable Throwable failure) {
        if (failure == null) {
            future.complete(value);
        } else {
            future.completeExceptionally(failure);
        }
    }

    private String path(String serviceId, String id) {
        if (id.indexOf('/') >= 0) {
            throw new IllegalArgumentException("an endpoint's id must not contain '/': " + Printable.of(id));
        }
        requireOpen();
        return PathUtils.validatePath(pathOf.apply(serviceId) + '/' + id);
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException(CLOSED);
        }
    }
}
