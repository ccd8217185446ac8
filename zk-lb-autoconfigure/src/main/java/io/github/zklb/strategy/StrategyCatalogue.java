package io.github.zklb.strategy;

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

/** All strategies by name: the built-in ones and the user's own. Immutable. */
public final class StrategyCatalogue {

    private final Map<String, Maker> builtIn = Map.ofEntries(
            Map.entry("round-robin", (settings, context) -> new RoundRobinStrategy(context)),
            Map.entry("random", (settings, context) -> new RandomStrategy(context)),
            Map.entry("weighted", (settings, context) -> new WeightedStrategy(context)),
            Map.entry("weighted-random", (settings, context) -> new WeightedRandomStrategy(context)),
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
        Maker maker = makers.get(name);
        if (maker == null) {
            throw new InvalidSettingException("strategy", oneOf(name, makers.keySet()), "'" + name + "'");
        }
        return maker.make(settings, context);
    }

    private Strategy consistentHash(StrategySettings settings, StrategyContext context) {
        String whenMissing = settings.consistentHash().whenMissing();
        return new ConsistentHashStrategy(settings.consistentHash(), withoutKey(whenMissing, settings, context));
    }

    private Strategy withoutKey(String name, StrategySettings settings, StrategyContext context) {
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
        Strategy make(StrategySettings settings, StrategyContext context);
    }
}
