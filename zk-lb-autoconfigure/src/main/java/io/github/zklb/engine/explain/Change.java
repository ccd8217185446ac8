package io.github.zklb.engine.explain;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.engine.EngineSettings;
import io.github.zklb.policy.OverlayNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What is supposed to change.
 *
 * @param remove the addresses that leave
 * @param add the endpoints that come
 * @param weight the weights that change, by address
 * @param drainZone the zone whose endpoints get no more requests, if any
 * @param overlays those that operators set
 * @param settings those that count afterwards
 */
public record Change(
        Set<String> remove,
        List<Endpoint> add,
        Map<String, Double> weight,
        @Nullable String drainZone,
        List<OverlayNode.Counting> overlays,
        EngineSettings settings) {

    /** Without overlays. */
    public Change(
            Set<String> remove,
            List<Endpoint> add,
            Map<String, Double> weight,
            @Nullable String drainZone,
            EngineSettings settings) {
        this(remove, add, weight, drainZone, List.of(), settings);
    }

    /**
     * The endpoints after the change.
     *
     * @throws IllegalArgumentException if it names an endpoint or a zone that is not there, or adds one that is
     */
    HostSet applied(HostSet known) {
        Set<String> addresses =
                known.endpoints().stream().map(Endpoint::address).collect(Collectors.toCollection(HashSet::new));
        remove.forEach(address -> require(addresses.remove(address), address + " is not there to be removed"));
        weight.keySet().forEach(each -> require(addresses.contains(each), each + " is not there to be reweighed"));
        add.forEach(each -> require(addresses.add(each.address()), each.address() + " is there already"));
        require(
                drainZone == null || known.endpoints().stream().anyMatch(this::isDrained),
                "no endpoint is in zone " + drainZone);
        List<Endpoint> after = new ArrayList<>();
        for (Endpoint endpoint : known.endpoints()) {
            if (!remove.contains(endpoint.address())) {
                Double other = isDrained(endpoint) ? Double.valueOf(0) : weight.get(endpoint.address());
                after.add(other == null ? endpoint : endpoint.withWeight(other));
            }
        }
        after.addAll(add);
        return HostSet.of(after);
    }

    private boolean isDrained(Endpoint endpoint) {
        return settings.zone().of(endpoint).equals(drainZone);
    }

    private boolean isSteered(Endpoint endpoint) {
        String zoneKey = settings.zone().metadataKey();
        return overlays.stream().anyMatch(each -> each.overlay().target().matches(endpoint, zoneKey));
    }

    /** The addresses that it is about. */
    Set<String> addresses(HostSet known) {
        Set<String> addresses = new HashSet<>(remove);
        addresses.addAll(weight.keySet());
        add.forEach(each -> addresses.add(each.address()));
        known.endpoints().stream()
                .filter(each -> isDrained(each) || isSteered(each))
                .forEach(each -> addresses.add(each.address()));
        return addresses;
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
