package io.github.zklb.actuate.metrics;

import static io.github.zklb.actuate.metrics.MeterGroup.tag;

import io.github.zklb.Endpoint;
import io.github.zklb.calls.CallLoad;
import io.github.zklb.calls.CallTotals;
import io.github.zklb.engine.Published;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.explain.Explanation;
import io.github.zklb.membership.ServiceMembership;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The meters of each endpoint of one service, from its arrival until it leaves or this is closed. Thread-safe. */
final class EndpointMeters implements AutoCloseable {

    private final MeterRegistry registry;
    private final ServiceEngine service;
    private final Map<String, MeterGroup<CallLoad>> byAddress = new HashMap<>();
    private final ServiceMembership.Subscription subscription;
    private volatile Shares shares = new Shares(0, null);

    /** The shares as of a change, which cost more than a meter may; null if they cannot be told without picking. */
    private record Shares(long change, @Nullable Map<String, Double> byAddress) {}

    EndpointMeters(MeterRegistry registry, ServiceEngine service) {
        this.registry = registry;
        this.service = service;
        this.subscription = service.snapshots().follow(this::follow, () -> {});
    }

    private synchronized void follow() {
        Map<String, Endpoint> present = service.snapshots().known().endpoints().stream()
                .collect(Collectors.toMap(Endpoint::address, endpoint -> endpoint, (a, b) -> a));
        byAddress.forEach((address, meters) -> {
            if (!present.containsKey(address)) {
                meters.remove();
            }
        });
        byAddress.keySet().retainAll(present.keySet());
        present.forEach((address, endpoint) -> byAddress.computeIfAbsent(address, its -> register(its, endpoint)));
    }

    private MeterGroup<CallLoad> register(String address, Endpoint endpoint) {
        Tags tags = Tags.of(MeterGroup.SERVICE_ID, service.serviceId(), "endpoint.address", address);
        CallLoad load = service.loads().of(endpoint);
        load.totals(); // counts from now on
        MeterGroup<CallLoad> meters = new MeterGroup<>(registry, load, tags, new ArrayList<>());
        String inFlight = "Requests sent to the endpoint and not ended";
        meters.gauge("zk.lb.endpoint.in.flight", "requests", inFlight, CallLoad::inFlight);
        String latency = "Time that a response of the endpoint is expected to take";
        meters.time("zk.lb.endpoint.latency", latency, TimeUnit.NANOSECONDS, CallLoad::latency);
        String share = "Part of the traffic that the strategy gives the endpoint if loads are equal and keys are many";
        meters.from(this).gauge("zk.lb.endpoint.share", null, share, of -> of.share(address));
        String calls = "Calls to the endpoint, by how they ended";
        for (CallTotals.End end : CallTotals.End.values()) {
            meters.with("outcome", tag(end))
                    .timer(
                            "zk.lb.endpoint.calls",
                            calls,
                            of -> of.totals().count(end),
                            of -> of.totals().nanos(end));
        }
        return meters;
    }

    /** Worked out once for each change. */
    private double share(String address) {
        Published now = service.snapshots().published();
        Shares known = shares;
        if (known.change != now.rebuilds().count()) {
            known = new Shares(now.rebuilds().count(), Explanation.expectedShares(now));
            shares = known;
        }
        return known.byAddress == null ? Double.NaN : known.byAddress.getOrDefault(address, 0.0);
    }

    /** The engine's lock comes first, as it does where it tells of a change. */
    @Override
    public void close() {
        subscription.close();
        synchronized (this) {
            byAddress.values().forEach(MeterGroup::remove);
            byAddress.clear();
        }
    }
}
