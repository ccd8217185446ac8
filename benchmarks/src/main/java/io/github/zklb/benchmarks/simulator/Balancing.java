package io.github.zklb.benchmarks.simulator;

import io.github.zklb.EndpointLoads;
import io.github.zklb.Strategy;
import io.github.zklb.StrategyContext;
import io.github.zklb.strategy.ConsistentHashSettings;
import io.github.zklb.strategy.ConsistentHashSettings.Algorithm;
import io.github.zklb.strategy.StrategyCatalogue;
import io.github.zklb.strategy.StrategySettings;
import java.util.List;
import java.util.Locale;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/** A way to configure zk-lb. */
enum Balancing {
    ROUND_ROBIN("round-robin", false),
    ROUND_ROBIN_GUARDED("round-robin", true),
    RANDOM("random", false),
    WEIGHTED("weighted", false),
    WEIGHTED_RANDOM("weighted-random", false),
    LEAST_REQUEST("least-request", false),
    LEAST_REQUEST_GUARDED("least-request", true),
    PEAK_EWMA("peak-ewma", false),
    PEAK_EWMA_GUARDED("peak-ewma", true),
    RING(Algorithm.RING, null, false),
    MAGLEV(Algorithm.MAGLEV, null, false),
    RENDEZVOUS(Algorithm.RENDEZVOUS, null, false),
    BOUNDED_RING(Algorithm.RING, 1.25, false),
    BOUNDED_RING_GUARDED(Algorithm.RING, 1.25, true);

    /** As people name it. */
    final String label;

    /** Whether it ejects outliers and starts newcomers slowly. */
    final boolean guarded;

    private final String strategy;
    private final StrategySettings settings;

    Balancing(String strategy, boolean guarded) {
        this(strategy, strategy, StrategySettings.DEFAULTS, guarded);
    }

    Balancing(Algorithm algorithm, @Nullable Double bound, boolean guarded) {
        this(
                algorithm.name().toLowerCase(Locale.ROOT) + (bound == null ? "" : ", bounded " + bound),
                ConsistentHashSettings.STRATEGY,
                new StrategySettings(new ConsistentHashSettings(
                        algorithm,
                        ConsistentHashSettings.DEFAULTS.virtualNodes(),
                        ConsistentHashSettings.DEFAULTS.tableSize(),
                        bound,
                        ConsistentHashSettings.DEFAULTS.identity(),
                        ConsistentHashSettings.DEFAULTS.whenMissing())),
                guarded);
    }

    Balancing(String label, String strategy, StrategySettings settings, boolean guarded) {
        this.label = guarded ? label + ", guarded" : label;
        this.strategy = strategy;
        this.settings = settings;
        this.guarded = guarded;
    }

    /** As a table in Markdown names it. */
    String code() {
        return "`" + label.replaceFirst(",|$", "`$0");
    }

    /** The product's strategy for one client. */
    Strategy strategy(VirtualTime time, RandomGenerator random, EndpointLoads loads) {
        return new StrategyCatalogue(List.of())
                .create(strategy, settings, new StrategyContext("simulated", random, time::nanos, loads));
    }
}
