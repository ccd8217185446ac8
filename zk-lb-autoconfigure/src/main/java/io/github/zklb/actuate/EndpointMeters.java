package io.github.zklb.actuate;

import io.github.zklb.Endpoint;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.membership.ServiceMembership;
import io.github.zklb.traffic.CallLoad;
import io.github.zklb.traffic.CallTotals;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** The meters of each endpoint of one service, from its arrival until it leaves or this is closed. Thread-safe. */
final class EndpointMeters implements AutoCloseable {

    private final MeterRegistry registry;
    private final ServiceEngine service;
    private final Map<String, List<Meter>> byAddress = new HashMap<>();
    private final ServiceMembership.Subscription subscription;

    EndpointMeters(MeterRegistry registry, ServiceEngine service) {
        this.registry = registry;
        this.service = service;
        this.subscription = service.snapshots().follow(this::follow, () -> {});
    }

    private synchronized void follow() {
        Map<String, Endpoint> present = service.snapshots().known().endpoints().stream()
                .collect(Collectors.toMap(Endpoint::address, endpoint -> endpoint, (a, b) -> a));
        byAddress.entrySet().removeIf(known -> {
            boolean gone = !present.containsKey(known.getKey());
            if (gone) {
                remove(known.getValue());
            }
            return gone;
        });
        present.forEach((address, endpoint) -> byAddress.computeIfAbsent(address, its -> register(its, endpoint)));
    }

    private List<Meter> register(String address, Endpoint endpoint) {
        Tags tags = Tags.of(MetersOfService.SERVICE_ID, service.serviceId(), "endpoint.address", address);
        CallLoad load = service.loads().of(endpoint);
        List<Meter> meters = new ArrayList<>();
        meters.add(Gauge.builder("zk.lb.endpoint.in.flight", load, CallLoad::inFlight)
                .description("Requests sent to the endpoint and not ended")
                .baseUnit("requests")
                .tags(tags)
                .register(registry));
        meters.add(TimeGauge.builder("zk.lb.endpoint.latency", load, TimeUnit.NANOSECONDS, CallLoad::latency)
                .description("Time that a response of the endpoint is expected to take")
                .tags(tags)
                .register(registry));
        for (CallTotals.End end : CallTotals.End.values()) {
            meters.add(FunctionTimer.builder(
                            "zk.lb.endpoint.calls",
                            load.totals(),
                            totals -> totals.count(end),
                            totals -> totals.nanos(end),
                            TimeUnit.NANOSECONDS)
                    .description("Calls to the endpoint, by how they ended")
                    .tags(tags.and("outcome", MetersOfService.tag(end)))
                    .register(registry));
        }
        return meters;
    }

    private void remove(List<Meter> meters) {
        meters.forEach(registry::remove);
    }

    /** The engine's lock comes first, as it does where it tells of a change. */
    @Override
    public void close() {
        subscription.close();
        synchronized (this) {
            byAddress.values().forEach(this::remove);
            byAddress.clear();
        }
    }
}
