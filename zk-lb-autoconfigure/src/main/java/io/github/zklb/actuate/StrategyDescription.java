package io.github.zklb.actuate;

import io.github.zklb.engine.EngineSettings;
import io.github.zklb.strategy.ConsistentHashSettings;
import io.github.zklb.strategy.StrategyCatalogue;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How the endpoints of a service are chosen.
 *
 * @param name the strategy's name
 * @param settings the settings that it reads; one that is not there is not set
 * @param origins the property that has set each of these, and that of the {@code name}, or the node in ZooKeeper;
 *     {@code default} if none has
 */
public record StrategyDescription(String name, Map<String, Object> settings, Map<String, String> origins) {

    private static final String DEFAULT = "default";

    /** Notes one setting after the other. */
    private record Notes(
            Map<String, Object> settings, Map<String, String> origins, Function<String, @Nullable String> origin) {

        void add(String name, String property, @Nullable Object value) {
            if (value != null) {
                settings.put(name, value);
                origins.put(name, Objects.requireNonNullElse(origin.apply(property), DEFAULT));
            }
        }
    }

    /**
     * By the present settings.
     *
     * @param origin the name of the property or node that has set a setting; null for its default
     */
    static StrategyDescription of(EngineSettings settings, Function<String, @Nullable String> origin) {
        String name = settings.strategy();
        Notes notes = new Notes(new LinkedHashMap<>(), new LinkedHashMap<>(), origin);
        notes.add("name", "strategy", name);
        notes.settings.clear(); // it has a place of its own
        if (name.equals(ConsistentHashSettings.STRATEGY)) {
            ConsistentHashSettings hashing = settings.strategySettings().consistentHash();
            notes.add("key", "consistent-hash.key", settings.keySources());
            notes.add("algorithm", "consistent-hash.algorithm", hashing.algorithm());
            notes.add("virtualNodes", "consistent-hash.virtual-nodes", hashing.virtualNodes());
            notes.add("tableSize", "consistent-hash.table-size", hashing.tableSize());
            notes.add("boundedLoad", "consistent-hash.bounded-load", hashing.boundedLoad());
            notes.add("replicas", "consistent-hash.replicas", hashing.replicas());
            notes.add("identity", "consistent-hash.identity", hashing.identity());
            notes.add("whenMissing", "consistent-hash.when-missing", hashing.whenMissing());
        } else if (name.equals("least-request")) {
            notes.add(
                    "choiceCount",
                    "least-request.choice-count",
                    settings.strategySettings().choiceCount());
        }
        if (StrategyCatalogue.isWeighted(name)) {
            notes.add(
                    "maxWeightRatio",
                    "weight.max-ratio",
                    settings.strategySettings().maxWeightRatio());
        }
        return new StrategyDescription(name, notes.settings, notes.origins);
    }
}
