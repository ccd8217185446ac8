package io.github.zklb.benchmarks.simulator;

import io.github.zklb.HostSet;
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

/** A way to configure zk-lb. {@link #WEIGHTED} is what it does if nothing is configured. */
enum ZkLbBalancing implements Balancing {
    ROUND_ROBIN("round-robin", false),
    ROUND_ROBIN_GUARDED("round-robin", true),
    RANDOM("random", false),
    WEIGHTED("weighted", false),
    WEIGHTED_RANDOM("weighted-random", false),
    LEAST_REQUEST("least-request", false),
    LEAST_REQUEST_GUARDED("least-request", true),
    LEAST_REQUEST_OF_TWENTY(
            "least-request, choice-count 20",
            "least-request",
            new StrategySettings(ConsistentHashSettings.DEFAULTS, 20, StrategySettings.DEFAULTS.maxWeightRatio()),
            false),
    PEAK_EWMA("peak-ewma", false),
    PEAK_EWMA_GUARDED("peak-ewma", true),
    RING(Algorithm.RING, null, false),
    MAGLEV(Algorithm.MAGLEV, null, false),
    RENDEZVOUS(Algorithm.RENDEZVOUS, null, false),
    BOUNDED_RING(Algorithm.RING, 1.25, false),
    BOUNDED_RING_GUARDED(Algorithm.RING, 1.25, true);

    private final String label;
    private final boolean guarded;
    private final String strategy;
    private final StrategySettings settings;

    ZkLbBalancing(String strategy, boolean guarded) {
        this(strategy, strategy, StrategySettings.DEFAULTS, guarded);
    }

    ZkLbBalancing(Algorithm algorithm, @Nullable Double bound, boolean guarded) {
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

    ZkLbBalancing(String label, String strategy, StrategySettings settings, boolean guarded) {
        this.label = guarded ? label + ", guarded" : label;
        this.strategy = strategy;
        this.settings = settings;
        this.guarded = guarded;
    }

    @Override
    public String label() {
        return label;
    }

    @Override
    public boolean isGuarded() {
        return guarded;
    }

    /** Whether a key has an owner. */
    boolean isKeyed() {
        return strategy.equals(ConsistentHashSettings.STRATEGY);
    }

    @Override
    public Client newClient(HostSet hosts, VirtualTime time, RandomGenerator random) {
        return new ZkLbClient(this, ZkLbClient.FOR_ERRORS, hosts, time, random);
    }

    /** The product's strategy for one client. */
    Strategy strategy(StrategyContext context) {
        return new StrategyCatalogue(List.of()).create(strategy, settings, context);
    }
}
