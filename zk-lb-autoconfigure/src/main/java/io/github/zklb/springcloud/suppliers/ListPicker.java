package io.github.zklb.springcloud.suppliers;

import io.github.zklb.Acceptance;
import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Picker;
import io.github.zklb.codec.Weight;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.Snapshot;
import io.github.zklb.springcloud.ZkServiceInstance;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.ServiceInstance;

/**
 * Picks from a list of instances, which may be anybody's. It has a strategy of its own: with a common one, requests that
 * take turns between two lists would find its cursor always at the same places of each.
 *
 * @param picker picks
 * @param instances the instances by their endpoints
 * @param times how often each instance stands in the list
 */
record ListPicker(
        Picker picker, IdentityHashMap<Endpoint, ServiceInstance> instances, Map<ServiceInstance, Integer> times) {

    /**
     * A picker for a list.
     *
     * @param times how often each instance stands in the list
     * @param weighed whether that is its weight, and not the one that it declares; so it is if any is repeated
     */
    static ListPicker of(Map<ServiceInstance, Integer> times, boolean weighed, ServiceEngine engine) {
        boolean byTimes = weighed || times.values().stream().anyMatch(n -> n > 1);
        IdentityHashMap<Endpoint, ServiceInstance> instances = new IdentityHashMap<>();
        times.forEach((instance, n) -> {
            Endpoint endpoint = endpoint(instance);
            instances.put(byTimes ? endpoint.withWeight(Math.min(n, Endpoint.MAX_WEIGHT)) : endpoint, instance);
        });
        return new ListPicker(newPicker(engine, HostSet.of(instances.keySet())), instances, times);
    }

    /** A picker with a strategy and a cursor of its own. */
    private static Picker newPicker(ServiceEngine engine, HostSet hosts) {
        Snapshot current = engine.snapshot();
        Acceptance acceptance =
                current == null ? Acceptance.FULL : current.candidates().acceptance();
        return engine.newStrategy().newPicker(hosts, acceptance);
    }

    @Nullable ServiceInstance pick(PickContext context) {
        Endpoint endpoint = picker.pick(context.tried().isEmpty() ? context : inOwnTerms(context));
        return endpoint == null ? null : instances.get(endpoint);
    }

    /** What was tried may weigh something else here. */
    private PickContext inOwnTerms(PickContext context) {
        Set<Endpoint> tried = instances.keySet().stream()
                .filter(endpoint -> context.tried().stream().anyMatch(other -> isSame(endpoint, other)))
                .collect(Collectors.toSet());
        return new PickContext(context.key(), tried);
    }

    private static boolean isSame(Endpoint one, Endpoint other) {
        return one.id().equals(other.id())
                && one.port() == other.port()
                && one.host().equals(other.host());
    }

    private static Endpoint endpoint(ServiceInstance instance) {
        if (instance instanceof ZkServiceInstance ours) {
            return ours.endpoint();
        }
        Endpoint address = Endpoint.of(instance.getHost(), instance.getPort());
        String id = Objects.requireNonNullElse(instance.getInstanceId(), "");
        Map<String, String> metadata = Objects.requireNonNullElse(instance.getMetadata(), Map.of());
        return new Endpoint(
                id.isEmpty() ? address.id() : id,
                address.host(),
                address.port(),
                instance.isSecure(),
                Weight.of(metadata.get(Weight.KEY)).value(),
                metadata);
    }
}
