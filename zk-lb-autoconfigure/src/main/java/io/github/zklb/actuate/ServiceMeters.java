package io.github.zklb.actuate;

import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.membership.ServiceMembership;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.MeterBinder;
import java.time.InstantSource;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * The meters of the services that the application calls: a fixed number for each, from its opening until this is closed,
 * and for each of its endpoints, if asked for, as long as it is there. The meters are read when they are collected;
 * a pick knows nothing of Micrometer.
 */
public final class ServiceMeters implements MeterBinder, AutoCloseable {

    private final ServiceEngines engines;
    private final boolean perEndpoint;
    private final InstantSource clock;
    private final Queue<ServiceMembership.Subscription> subscriptions = new ConcurrentLinkedQueue<>();
    private final Queue<Runnable> removals = new ConcurrentLinkedQueue<>();

    /**
     * Binds nothing yet.
     *
     * @param engines the engines of the services; they stay the caller's
     * @param perEndpoint whether each endpoint has meters of its own
     * @param clock the wall clock, for the age of a membership
     */
    public ServiceMeters(ServiceEngines engines, boolean perEndpoint, InstantSource clock) {
        this.engines = engines;
        this.perEndpoint = perEndpoint;
        this.clock = clock;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        subscriptions.add(engines.subscribe(service -> bind(registry, service)));
    }

    private void bind(MeterRegistry registry, ServiceEngine service) {
        service.picks().begin();
        for (Meter meter : new MetersOfService(registry, service, clock).register()) {
            removals.add(() -> registry.remove(meter));
        }
        if (perEndpoint) {
            removals.add(new EndpointMeters(registry, service)::close);
        }
    }

    /** Removes every meter from every registry. */
    @Override
    public void close() {
        subscriptions.forEach(ServiceMembership.Subscription::close);
        subscriptions.clear();
        removals.forEach(Runnable::run);
        removals.clear();
    }
}
