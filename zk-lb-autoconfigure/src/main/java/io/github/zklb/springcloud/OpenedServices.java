package io.github.zklb.springcloud;

import io.github.zklb.membership.ServiceMembership;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The services opened so far, and who hears of them. Thread-safe. */
final class OpenedServices {

    private static final Logger log = LoggerFactory.getLogger(OpenedServices.class);

    private final Map<String, ServiceStatistics> services = new LinkedHashMap<>();
    private final List<Consumer<ServiceStatistics>> listeners = new ArrayList<>();

    /** Tells of a service; nobody hears of it twice. */
    synchronized void tell(ServiceBalancer balancer) {
        if (!services.containsKey(balancer.serviceId())) {
            ServiceStatistics statistics = new ServiceStatistics(balancer);
            services.put(balancer.serviceId(), statistics);
            listeners.forEach(listener -> call(listener, statistics));
        }
    }

    synchronized ServiceMembership.Subscription subscribe(Consumer<ServiceStatistics> listener) {
        listeners.add(listener);
        services.values().forEach(statistics -> call(listener, statistics));
        return () -> remove(listener);
    }

    private synchronized void remove(Consumer<ServiceStatistics> listener) {
        listeners.remove(listener);
    }

    private static void call(Consumer<ServiceStatistics> listener, ServiceStatistics statistics) {
        try {
            listener.accept(statistics);
        } catch (RuntimeException | Error e) {
            log.error("A listener of the opening of service {} failed", statistics.serviceId(), e);
        }
    }
}
