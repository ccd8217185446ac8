package io.github.zklb.strategy;

import io.github.zklb.Endpoint;
import io.github.zklb.InvalidSettingException;
import io.github.zklb.Strategy;
import io.github.zklb.StrategyContext;
import io.github.zklb.StrategyFactory;
import java.util.Collection;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.function.Supplier;

/** All strategies by name: the built-in ones and the user's own. Immutable. */
public final class StrategyCatalogue {

    private final Map<String, Maker> builtIn = Map.ofEntries(
            Map.entry("round-robin", (settings, context) -> new RotationStrategy(context, endpoint -> 1)),
            Map.entry("random", (settings, context) -> new RandomStrategy(context, endpoint -> 1)),
            Map.entry("weighted", (settings, context) -> new RotationStrategy(context, Endpoint::weight)),
            Map.entry("weighted-random", (settings, context) -> new RandomStrategy(context, Endpoint::weight)),
            Map.entry("least-request", LeastCostStrategy::leastRequest),
            Map.entry("peak-ewma", (settings, context) -> LeastCostStrategy.peakEwma(context)),
            Map.entry(ConsistentHashSettings.STRATEGY, this::consistentHash));

    private final TreeMap<String, Maker> makers = new TreeMap<>(builtIn);

    /**
     * A catalogue of the built-in strategies and the given ones.
     *
     * @throws IllegalArgumentException if two have the same name
     */
    public StrategyCatalogue(Collection<? extends StrategyFactory> custom) {
        for (StrategyFactory factory : custom) {
            if (makers.putIfAbsent(factory.name(), (settings, context) -> factory.create(context)) != null) {
                throw new IllegalArgumentException("There is already a %s strategy named '%s': give %s another name"
                        .formatted(
                                builtIn.containsKey(factory.name()) ? "built-in" : "custom",
                                factory.name(),
                                factory.getClass().getName()));
            }
        }
    }

    /** The names of all strategies. */
    public SortedSet<String> names() {
        return Collections.unmodifiableSortedSet(makers.navigableKeySet());
    }

    /**
     * A new strategy for one service.
     *
     * @param name one of {@link #names()}
     * @param settings the settings of the built-in strategies
     * @param context what the strategy is given
     * @throws InvalidSettingException if there is no strategy of that name; the message lists those there are
     */
    public Strategy create(String name, StrategySettings settings, StrategyContext context) {
        return create(name, () -> settings, context);
    }

    /**
     * A new strategy for one service that follows its settings: they are asked for at its creation and again for each
     * picker, so a change of them costs neither cursors nor tables.
     *
     * @param name one of {@link #names()}
     * @param settings the present settings of the built-in strategies
     * @param context what the strategy is given
     * @throws InvalidSettingException if there is no strategy of that name; the message lists those there are
     */
    public Strategy create(String name, Supplier<StrategySettings> settings, StrategyContext context) {
        Maker maker = makers.get(name);
        if (maker == null) {
            throw new InvalidSettingException("strategy", oneOf(name, makers.keySet()), "'" + name + "'");
        }
        return maker.make(settings, context);
    }

    private Strategy consistentHash(Supplier<StrategySettings> settings, StrategyContext context) {
        return new ConsistentHashStrategy(
                () -> settings.get().consistentHash(), name -> withoutKey(name, settings, context), context);
    }

    private Strategy withoutKey(String name, Supplier<StrategySettings> settings, StrategyContext context) {
        if (name.equals(ConsistentHashSettings.FAIL)) {
            return hosts -> pick -> null;
        }
        if (!makers.containsKey(name)) {
            throw new InvalidSettingException(
                    "consistent-hash.when-missing",
                    "'" + ConsistentHashSettings.FAIL + "' or " + oneOf(name, makers.keySet()),
                    "'" + name + "'");
        }
        return create(name, settings, context);
    }

    private static String oneOf(String name, Set<String> known) {
        String closest = Spelling.closest(name, known);
        return "one of " + String.join(", ", known) + (closest == null ? "" : " (did you mean '" + closest + "'?)");
    }

    @FunctionalInterface
    private interface Maker {
        Strategy make(Supplier<StrategySettings> settings, StrategyContext context);
    }
}
