package io.github.zklb.calls;

import io.github.zklb.Endpoint;
import io.github.zklb.EndpointLoads;
import io.github.zklb.HostSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The accounting of the calls to one service. An endpoint is known by its address: what is in flight to it stays in flight
 * when it registers anew. Thread-safe.
 */
public final class CallLoads implements EndpointLoads {

    private final ConcurrentMap<String, CallLoad> loads = new ConcurrentHashMap<>();
    private final OpenBodies bodies = new OpenBodies();
    private final LongSupplier nanoTime;
    private final Supplier<LoadSettings> settings;
    private volatile long slowAfter = Long.MAX_VALUE;
    private volatile CallLoad.Listener listener = (address, after) -> {};

    /**
     * The accounting of a service that has not been called.
     *
     * @param nanoTime monotonic time in nanoseconds, as {@link System#nanoTime()}
     * @param settings the present settings, asked for at each call
     */
    public CallLoads(LongSupplier nanoTime, Supplier<LoadSettings> settings) {
        this.nanoTime = nanoTime;
        this.settings = settings;
    }

    /** Tells of what may be a reason to eject an endpoint from now on. */
    public void tell(CallLoad.Listener newListener) {
        listener = newListener;
    }

    /** Calls that end from now on are slow if they take longer than that, in nanoseconds. */
    public void slowAfter(long nanos) {
        slowAfter = nanos;
    }

    /** The time now, by the clock that the calls and what follows from them are measured by. */
    public long nanoTime() {
        return nanoTime.getAsLong();
    }

    @Override
    public CallLoad of(Endpoint endpoint) {
        return loads.computeIfAbsent(endpoint.address(), this::newLoad);
    }

    private CallLoad newLoad(String address) {
        return new CallLoad(
                address,
                nanoTime,
                settings,
                (at, after) -> listener.changed(at, after),
                this::answerTime,
                bodies,
                () -> slowAfter);
    }

    /**
     * The time that an answer takes: the lower median of the endpoints that have answered, since a mean is what a single very
     * slow one makes of it; 0 if none has answered. Sorts them all.
     */
    private double answerTime() {
        double[] times = loads.values().stream()
                .mapToDouble(load -> load.history().answerTime())
                .filter(time -> time > 0)
                .sorted()
                .toArray();
        return times.length == 0 ? 0 : times[(times.length - 1) / 2];
    }

    /**
     * A request is sent.
     *
     * @param address where to, as {@link Endpoint#address()} gives it
     * @return the call, or null if no endpoint of this service is known there
     */
    public @Nullable Call start(String address) {
        CallLoad load = loads.get(address);
        return load == null ? null : load.start();
    }

    /** Forgets what the calls to an endpoint have taught. */
    public void forget(String address) {
        CallLoad load = loads.get(address);
        if (load != null) {
            load.forget();
        }
    }

    @Override
    public long inFlight() {
        return loads.values().stream()
                .filter(CallLoad::isServing)
                .mapToLong(CallLoad::inFlight)
                .sum();
    }

    /** The requests in flight to all endpoints together, be it that they do not serve any more. O(n). */
    public long countInFlight() {
        return loads.values().stream().mapToLong(CallLoad::inFlight).sum();
    }

    /** Only these endpoints serve: what is in flight to any other does not count in {@link #inFlight}. */
    public void serving(HostSet hosts) {
        Set<String> addresses = addresses(hosts);
        loads.forEach((address, load) -> load.serve(addresses.contains(address)));
    }

    private static Set<String> addresses(HostSet hosts) {
        return hosts.endpoints().stream().map(Endpoint::address).collect(Collectors.toSet());
    }

    /** Knows these endpoints from now on, and forgets every other one to which nothing is in flight. */
    public void retain(HostSet hosts) {
        Set<String> addresses = addresses(hosts);
        addresses.forEach(address -> loads.computeIfAbsent(address, this::newLoad));
        loads.entrySet().removeIf(entry -> entry.getValue().inFlight() == 0 && !addresses.contains(entry.getKey()));
    }
}
