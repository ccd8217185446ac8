package io.github.zklb.strategy;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Picker;
import io.github.zklb.Strategy;
import io.github.zklb.StrategyContext;
import io.github.zklb.calls.CallLoads;
import io.github.zklb.calls.LoadSettings;
import io.github.zklb.strategy.ConsistentHashSettings.Algorithm;
import io.github.zklb.strategy.ConsistentHashSettings.Identity;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

/** Host sets, strategies and seeds for the tests. */
final class Fleets {

    /** How many seeds a property is tried with; large fleets, which take long, with fewer. */
    private static final int SEEDS = Integer.getInteger("zklb.seeds", 40);

    private static final int FIRST_NUMBERS = 50_000;

    private Fleets() {}

    /** The seeds of a property; a failing one is in the name of the test. */
    static LongStream seeds() {
        return LongStream.rangeClosed(1, SEEDS);
    }

    /** A fleet to be drawn at random. */
    record Fleet(int size, long seed) {

        Random random() {
            return new Random(seed);
        }

        /** With tables that do not take long to make. */
        StrategySettings settings(Algorithm algorithm) {
            return unlimited(new ConsistentHashSettings(
                    algorithm, 160, size <= 100 ? 4_096 : 65_536, null, Identity.ADDRESS, "weighted"));
        }

        @Override
        public String toString() {
            return size + " endpoints, seed " + seed;
        }
    }

    /** Fleets from 1 endpoint to 10,000. */
    static Stream<Fleet> fleets() {
        Stream<Fleet> anySize = seeds(20).mapToObj(seed -> new Fleet(spread(new Random(seed), 5_000), seed));
        return Stream.of(fleets(8, 1, 2, 3, 10), fleets(20, 100, 1_000), anySize, fleets(40, 10_000))
                .flatMap(fleets -> fleets);
    }

    private static Stream<Fleet> fleets(int oneIn, int... sizes) {
        return IntStream.of(sizes).boxed().flatMap(size -> seeds(oneIn).mapToObj(seed -> new Fleet(size, seed)));
    }

    /** One in so many of the seeds. */
    static LongStream seeds(int oneIn) {
        return LongStream.rangeClosed(1, Math.max(1, SEEDS / oneIn));
    }

    static Endpoint endpoint(int number, int weight) {
        return Endpoint.of("10.0." + number / 250 + "." + (number % 250 + 1), 8080)
                .withWeight(weight);
    }

    /** Endpoints of the given weights. */
    static HostSet ofWeights(int... weights) {
        return HostSet.of(IntStream.range(0, weights.length)
                .mapToObj(i -> endpoint(i, weights[i]))
                .toList());
    }

    static HostSet equal(int size) {
        return ofWeights(IntStream.generate(() -> 1).limit(size).toArray());
    }

    /** Endpoints with weights from 1 to a maximum that may be 1. */
    static HostSet random(Random random, int size) {
        int maximum = (int) Math.pow(10, random.nextInt(7));
        return ofWeights(IntStream.generate(() -> 1 + random.nextInt(maximum))
                .limit(size)
                .toArray());
    }

    /** Endpoints at any addresses, with weights from 1 to the greatest, of each order of magnitude as many. */
    static HostSet spreadOf(Random random, int size) {
        int first = random.nextInt(FIRST_NUMBERS);
        return HostSet.of(IntStream.range(first, first + size)
                .mapToObj(number -> endpoint(number, spread(random, Endpoint.MAX_WEIGHT)))
                .toList());
    }

    /** Endpoints with weights from 0.001 to the greatest, of each order of magnitude as many. */
    static HostSet fractions(Random random, int size) {
        return HostSet.of(IntStream.range(0, size)
                .mapToObj(i -> endpoint(i, 1).withWeight(Math.pow(1e9, random.nextDouble()) / 1_000))
                .toList());
    }

    /** From 1 to a maximum, each order of magnitude as often. */
    static int spread(Random random, double maximum) {
        return (int) Math.round(Math.pow(maximum, random.nextDouble()));
    }

    /** With weights that count in full, however far they are apart. */
    static StrategySettings unlimited(ConsistentHashSettings settings) {
        return new StrategySettings(settings, 2, Endpoint.MAX_WEIGHT);
    }

    static HostSet without(HostSet hosts, Endpoint endpoint) {
        return hosts.filter(other -> !other.equals(endpoint));
    }

    static HostSet with(HostSet hosts, Endpoint endpoint) {
        List<Endpoint> all = new ArrayList<>(hosts.endpoints());
        all.removeIf(other -> other.id().equals(endpoint.id()));
        all.add(endpoint);
        return HostSet.of(all);
    }

    static StrategyContext context(long seed) {
        CallLoads loads = new CallLoads(() -> 0, () -> LoadSettings.DEFAULTS);
        return new StrategyContext("orders", new Random(seed), () -> 0, loads);
    }

    static WeightedEndpoints candidates(HostSet hosts) {
        return WeightedEndpoints.distinct(hosts, Endpoint::address, Endpoint.MAX_WEIGHT);
    }

    static Ring ring(WeightedEndpoints candidates, int virtualNodes) {
        return Ring.of(candidates, Ring.counts(candidates, virtualNodes, Ring.MAX_POINTS));
    }

    static StrategySettings settings(Algorithm algorithm) {
        return unlimited(new ConsistentHashSettings(algorithm, 160, null, null, Identity.ADDRESS, "weighted"));
    }

    static Strategy consistentHash(Algorithm algorithm) {
        return strategy("consistent-hash", settings(algorithm), 1);
    }

    /** Consistent hashing within a bound. */
    static Strategy bounded(Algorithm algorithm, double bound, CallLoads loads) {
        ConsistentHashSettings settings =
                new ConsistentHashSettings(algorithm, 160, null, bound, Identity.ADDRESS, "weighted");
        StrategyContext context = new StrategyContext("orders", new Random(1), () -> 0, loads);
        return new StrategyCatalogue(List.of()).create("consistent-hash", unlimited(settings), context);
    }

    static Strategy strategy(String name, long seed) {
        return strategy(name, unlimited(ConsistentHashSettings.DEFAULTS), seed);
    }

    static Strategy strategy(String name, StrategySettings settings, long seed) {
        return new StrategyCatalogue(List.of()).create(name, settings, context(seed));
    }

    /** How often each endpoint is picked without a key. */
    static Map<Endpoint, Long> count(Picker picker, int picks) {
        Map<Endpoint, int[]> byObject = new IdentityHashMap<>(); // a record's hash takes longer than a pick
        for (int i = 0; i < picks; i++) {
            byObject.computeIfAbsent(picker.pick(PickContext.NONE), first -> new int[1])[0]++;
        }
        Map<Endpoint, Long> counts = new HashMap<>();
        byObject.forEach((endpoint, count) -> counts.merge(endpoint, (long) count[0], Long::sum));
        return counts;
    }
}
