package io.github.zklb.strategy;

import io.github.zklb.Acceptance;
import io.github.zklb.HostSet;
import io.github.zklb.InvalidSettingException;
import io.github.zklb.Message;
import io.github.zklb.Picker;
import io.github.zklb.Strategy;
import io.github.zklb.StrategyContext;
import io.github.zklb.StrategyFactory;
import io.github.zklb.strategy.DrawStrategy.DrawPicker;
import io.github.zklb.strategy.WeightedEndpoints.Weighing;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** All strategies by name: the built-in ones and the user's own. Immutable. */
public final class StrategyCatalogue {

    private static final Set<String> UNWEIGHTED = Set.of("round-robin", "random");

    private final Map<String, Maker> builtIn = Map.ofEntries(
            Map.entry("round-robin", (settings, context) -> Rotation.strategy(context, Weighing.EQUAL)),
            Map.entry("random", (settings, context) -> WeightedRandom.strategy(context, Weighing.EQUAL)),
            Map.entry("weighted", (settings, context) -> Rotation.strategy(context, Weighing.by(settings))),
            Map.entry(
                    "weighted-random", (settings, context) -> WeightedRandom.strategy(context, Weighing.by(settings))),
            Map.entry("least-request", LeastCost::leastRequest),
            Map.entry("peak-ewma", LeastCost::peakEwma),
            Map.entry(ConsistentHashSettings.STRATEGY, this::consistentHash));

    private final List<StrategyFactory> custom;
    private final Ring.Budget rings = new Ring.Budget(Ring.Budget.MOST);
    private final TreeMap<String, Maker> makers = new TreeMap<>(builtIn);

    /**
     * A catalogue of the built-in strategies and the given ones.
     *
     * @throws IllegalArgumentException if two have the same name
     */
    public StrategyCatalogue(Collection<? extends StrategyFactory> custom) {
        this.custom = List.copyOf(custom);
        for (StrategyFactory factory : custom) {
            if (makers.putIfAbsent(factory.name(), (settings, context) -> factory.create(context)) != null) {
                throw new IllegalArgumentException(Message.A_STRATEGY_WITH_A_NAME_THAT_IS_TAKEN
                        .of("There is already a %s strategy named '%s': give %s another name")
                        .formatted(
                                builtIn.containsKey(factory.name()) ? "built-in" : "custom",
                                factory.name(),
                                factory.getClass().getName()));
            }
        }
    }

    /** The same strategies; the rings of these do not count among the application's, being thrown away at once. */
    public StrategyCatalogue apart() {
        return new StrategyCatalogue(custom);
    }

    /** Whether the strategy of a name gives an endpoint its share by its weight; to one of the user's own that is left. */
    public static boolean isWeighted(String name) {
        return !UNWEIGHTED.contains(name);
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
        return create(name, settings, context, null);
    }

    /**
     * The same, which takes over what it can of a picker that another strategy has made: no table is made twice.
     *
     * @param last null for a strategy that begins anew
     * @throws InvalidSettingException if there is no strategy of that name
     */
    public Strategy create(
            String name, Supplier<StrategySettings> settings, StrategyContext context, @Nullable Picker last) {
        requireKnown(name);
        Strategy made = Objects.requireNonNull(makers.get(name)).make(settings, context);
        if (made instanceof ConsistentHashStrategy keyed && last instanceof KeyPicker picker) {
            keyed.goOnFrom(picker.made());
        }
        return builtIn.containsKey(name) ? new Remembering(made, settings) : made;
    }

    /**
     * The part of the picks that each endpoint is given, by its address, with a key each where keys matter; without drawing.
     *
     * @return null if the picker is none of the built-in strategies', or has no endpoint
     */
    public static @Nullable Map<String, Double> shares(Picker picker) {
        KeyMap keys = KeyMap.of(picker);
        return keys == null ? sharesWithoutKey(picker) : keys.shares();
    }

    /** The same of the picks without a key. */
    public static @Nullable Map<String, Double> sharesWithoutKey(Picker picker) {
        if (picker instanceof KeyPicker keyed) {
            return sharesWithoutKey(keyed.withoutKey());
        }
        return picker instanceof DrawPicker draws ? draws.shares() : null;
    }

    /** Whether the shares without a key hold only as long as all endpoints have the same load. */
    public static boolean isByLoad(Picker picker) {
        return picker instanceof KeyPicker keyed
                ? isByLoad(keyed.withoutKey())
                : picker instanceof DrawPicker draws && draws.byLoad();
    }

    /** Whether the rings of the application have so many points together that further ones may be made coarser. */
    public boolean isShortOfPoints() {
        return rings.isShort();
    }

    private Strategy consistentHash(Supplier<StrategySettings> settings, StrategyContext context) {
        return new ConsistentHashStrategy(settings, name -> withoutKey(name, settings, context), context, rings);
    }

    private Strategy withoutKey(String name, Supplier<StrategySettings> settings, StrategyContext context) {
        requireKnownOrFail(name);
        return name.equals(ConsistentHashSettings.FAIL) ? hosts -> pick -> null : create(name, settings, context);
    }

    /**
     * Refuses the names of strategies that there are not; makes none.
     *
     * @throws InvalidSettingException if there is no strategy of a name; the message lists those there are
     */
    public void requireKnown(String name, StrategySettings settings) {
        requireKnown(name);
        requireKnownOrFail(settings.consistentHash().whenMissing());
    }

    private void requireKnown(String name) {
        if (!makers.containsKey(name)) {
            throw new InvalidSettingException("strategy", oneOf(name, makers.keySet()), "'" + name + "'");
        }
    }

    private void requireKnownOrFail(String name) {
        if (!name.equals(ConsistentHashSettings.FAIL) && !makers.containsKey(name)) {
            throw new InvalidSettingException(
                    "consistent-hash.when-missing",
                    "'" + ConsistentHashSettings.FAIL + "' or " + oneOf(name, makers.keySet()),
                    "'" + name + "'");
        }
    }

    private static String oneOf(String name, Set<String> known) {
        return "one of " + String.join(", ", known)
                + closest(name, known)
                        .map(closest -> " (did you mean '" + closest + "'?)")
                        .orElse("");
    }

    /** The known name that is fewest edits away, if a third of the letters or less have to change. */
    private static Optional<String> closest(String name, Set<String> known) {
        return known.stream()
                .filter(candidate -> 3 * edits(name, candidate) <= candidate.length())
                .min(Comparator.comparingInt(candidate -> edits(name, candidate)));
    }

    /**
     * Levenshtein's distance between two names: the least number of letters to insert, delete or replace. O(product of the
     * lengths).
     */
    public static int edits(String a, String b) {
        int[] row = IntStream.rangeClosed(0, b.length()).toArray();
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[b.length()];
    }

    /** Gives its last picker again as long as what that was made of is the same. */
    private static final class Remembering implements Strategy {

        private final Strategy strategy;
        private final Supplier<StrategySettings> settings;
        private @Nullable Made last;

        private record Made(HostSet hosts, double[] parts, StrategySettings settings, Picker picker) {}

        Remembering(Strategy strategy, Supplier<StrategySettings> settings) {
            this.strategy = strategy;
            this.settings = settings;
        }

        @Override
        public Picker newPicker(HostSet hosts) {
            return newPicker(hosts, Acceptance.FULL);
        }

        @Override
        @SuppressWarnings(
                "ReferenceEquality") // whoever builds gives the same object as long as the endpoints are the same
        public Picker newPicker(HostSet hosts, Acceptance acceptance) {
            double[] parts =
                    hosts.endpoints().stream().mapToDouble(acceptance::of).toArray();
            StrategySettings now = settings.get();
            Made made = last;
            if (made == null
                    || made.hosts != hosts
                    || !Arrays.equals(made.parts, parts)
                    || !made.settings.equals(now)) {
                made = new Made(hosts, parts, now, strategy.newPicker(hosts, acceptance));
                last = made;
            }
            return made.picker;
        }
    }

    @FunctionalInterface
    private interface Maker {
        Strategy make(Supplier<StrategySettings> settings, StrategyContext context);
    }
}
