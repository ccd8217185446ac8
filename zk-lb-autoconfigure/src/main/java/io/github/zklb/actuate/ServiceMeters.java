package io.github.zklb.actuate;

import io.github.zklb.membership.ServiceMembership;
import io.github.zklb.springcloud.ServiceBalancers;
import io.github.zklb.springcloud.ServiceStatistics;
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

    private final ServiceBalancers balancers;
    private final boolean perEndpoint;
    private final InstantSource clock;
    private final Queue<ServiceMembership.Subscription> subscriptions = new ConcurrentLinkedQueue<>();
    private final Queue<Runnable> removals = new ConcurrentLinkedQueue<>();

    /**
     * Binds nothing yet.
     *
     * @param balancers the balancers of the services; they stay the caller's
     * @param perEndpoint whether each endpoint has meters of its own
     * @param clock the wall clock, for the age of a membership
     */
    public ServiceMeters(ServiceBalancers balancers, boolean perEndpoint, InstantSource clock) {
        this.balancers = balancers;
        this.perEndpoint = perEndpoint;
        this.clock = clock;
    }

    @Override
    public void bindTo(MeterRegistry registry) {
        subscriptions.add(balancers.subscribe(service -> bind(registry, service)));
    }

    private void bind(MeterRegistry registry, ServiceStatistics service) {
        service.countPicks();
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
