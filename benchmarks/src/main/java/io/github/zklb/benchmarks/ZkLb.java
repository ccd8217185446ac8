package io.github.zklb.benchmarks;

import io.github.zklb.Endpoint;
import io.github.zklb.EndpointLoads;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Picker;
import io.github.zklb.Strategy;
import io.github.zklb.StrategyContext;
import io.github.zklb.calls.CallLoad;
import io.github.zklb.calls.CallLoads;
import io.github.zklb.calls.LoadSettings;
import io.github.zklb.engine.TieredPicker;
import io.github.zklb.strategy.ConsistentHashSettings;
import io.github.zklb.strategy.ConsistentHashSettings.Algorithm;
import io.github.zklb.strategy.StrategyCatalogue;
import io.github.zklb.strategy.StrategySettings;
import io.github.zklb.traffic.Candidates;
import io.github.zklb.traffic.ZoneSettings;
import io.github.zklb.traffic.Zones;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** The product: its strategies as a service gets them from the catalogue. */
final class ZkLb {

    private ZkLb() {}

    static Pick keyless(String name, Fleet fleet) {
        return pick(keyless(name).newPicker(fleet.hosts()));
    }

    static Strategy keyless(String name) {
        return strategy(name, StrategySettings.DEFAULTS, EndpointLoads.NONE);
    }

    /** Every fourth endpoint is in the caller's zone, where two fifths of the callers are. */
    static Pick inZones(Fleet fleet) {
        String[] zones = {"a", "b", "c", "d"};
        HostSet hosts = HostSet.of(IntStream.range(0, fleet.endpoints().size())
                .mapToObj(i -> fleet.endpoints().get(i).withMetadata(Map.of("zone", zones[i % zones.length])))
                .toList());
        ZoneSettings settings = new ZoneSettings(ZoneSettings.Mode.BALANCED, "a", "zone", Map.of(), 1);
        Map<String, Double> callers = Map.of("a", 2.0, "b", 1.0, "c", 1.0, "d", 1.0);
        Zones zoned = Zones.of(Candidates.of(hosts), hosts, settings, callers, Endpoint::weight, null);
        return pick(TieredPicker.of(zoned.candidates(), tier -> keyless("weighted")));
    }

    /** Every endpoint has answered once, and a third of them each has none, one or two requests in flight. */
    static Pick byLoad(String name, Fleet fleet) {
        CallLoads loads = new CallLoads(System::nanoTime, () -> LoadSettings.DEFAULTS);
        int calls = 0;
        for (Endpoint endpoint : fleet.endpoints()) {
            loads.of(endpoint).start().succeeded();
            for (int i = calls++ % 3; i > 0; i--) {
                loads.of(endpoint).start();
            }
        }
        return pick(strategy(name, StrategySettings.DEFAULTS, loads).newPicker(fleet.hosts()));
    }

    static Pick byKey(Algorithm algorithm, Fleet fleet) {
        Picker picker = hashing(algorithm).newPicker(fleet.hosts());
        List<PickContext> requests = Keys.as(PickContext::ofKey);
        return key -> picker.pick(requests.get(key));
    }

    /** A bounded ring, and the accounting of a call without which it has no bound. */
    static Pick bounded(Fleet fleet) {
        CallLoads loads = new CallLoads(System::nanoTime, () -> LoadSettings.DEFAULTS);
        Map<Endpoint, CallLoad> accounts = new IdentityHashMap<>();
        for (Endpoint endpoint : fleet.endpoints()) {
            accounts.put(endpoint, loads.of(endpoint));
            IntStream.range(0, Fleet.IN_FLIGHT)
                    .forEach(call -> loads.of(endpoint).start());
        }
        Picker picker = hashing(Algorithm.RING, Fleet.BOUND, loads).newPicker(fleet.hosts());
        List<PickContext> requests = Keys.as(PickContext::ofKey);
        return key -> {
            Endpoint endpoint = Objects.requireNonNull(picker.pick(requests.get(key)));
            Objects.requireNonNull(accounts.get(endpoint)).start().succeeded();
            return endpoint;
        };
    }

    static Strategy hashing(Algorithm algorithm) {
        return hashing(algorithm, null, EndpointLoads.NONE);
    }

    private static Strategy hashing(Algorithm algorithm, @Nullable Double bound, EndpointLoads loads) {
        ConsistentHashSettings defaults = ConsistentHashSettings.DEFAULTS;
        ConsistentHashSettings settings = new ConsistentHashSettings(
                algorithm,
                defaults.virtualNodes(),
                defaults.tableSize(),
                bound,
                defaults.identity(),
                defaults.whenMissing());
        return strategy(ConsistentHashSettings.STRATEGY, new StrategySettings(settings), loads);
    }

    private static Strategy strategy(String name, StrategySettings settings, EndpointLoads loads) {
        StrategyContext context =
                new StrategyContext("bench", () -> ThreadLocalRandom.current().nextLong(), System::nanoTime, loads);
        return new StrategyCatalogue(List.of()).create(name, settings, context);
    }

    private static Pick pick(Picker picker) {
        return key -> picker.pick(PickContext.NONE);
    }
}
