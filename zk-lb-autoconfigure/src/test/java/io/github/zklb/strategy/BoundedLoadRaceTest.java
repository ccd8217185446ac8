package io.github.zklb.strategy;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.HostSet;
import io.github.zklb.calls.CallLoads;
import io.github.zklb.calls.LoadSettings;
import io.github.zklb.strategy.ConsistentHashSettings.Algorithm;
import io.github.zklb.strategy.RacingCalls.InFlight;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The bound on the load while sixteen threads pick and their calls end. */
class BoundedLoadRaceTest {

    private static final int THREADS = 16;
    private static final int CALLS = 2_000;

    /** Each is compared with all those before it. */
    private static final int ENDLESS_CALLS = 500;

    private final CallLoads loads = new CallLoads(() -> 0, () -> LoadSettings.DEFAULTS);

    @ParameterizedTest(name = "{0}, bound {1}, seed {2}")
    @MethodSource("races")
    void noPickIsAboveTheBoundAndNoKeyMovesWhoseOwnerHasRoom(Algorithm algorithm, double bound, long seed)
            throws Exception {
        Random random = new Random(seed);
        HostSet hosts = Fleets.random(random, 2 + random.nextInt(12));
        RacingCalls calls = new RacingCalls(
                hosts,
                Fleets.consistentHash(algorithm).newPicker(hosts),
                Fleets.bounded(algorithm, bound, loads).newPicker(hosts),
                bound,
                loads);
        race(seed, own -> callAtRandom(calls, own));
        assertThat(calls.overflows()).isBetween(1L, (long) THREADS * CALLS - 1);
        assertThat(loads.inFlight()).isZero();
        assertThat(hosts.endpoints()).allMatch(endpoint -> loads.of(endpoint).inFlight() == 0);
    }

    @ParameterizedTest(name = "{0}, bound {1}")
    @MethodSource("bounds")
    void callsThatNeverEndLeaveEveryEndpointWithinTheBoundOfThemAll(Algorithm algorithm, double bound)
            throws Exception {
        HostSet hosts = Fleets.ofWeights(1, 2, 3, 4, 5, 5);
        RacingCalls calls = new RacingCalls(
                hosts,
                Fleets.consistentHash(algorithm).newPicker(hosts),
                Fleets.bounded(algorithm, bound, loads).newPicker(hosts),
                bound,
                loads);
        race(1, random -> IntStream.range(0, ENDLESS_CALLS).forEach(i -> calls.start("key-" + random.nextInt(3))));
        assertThat(loads.inFlight()).isEqualTo(THREADS * ENDLESS_CALLS);
        assertThat(hosts.endpoints())
                .allMatch(endpoint -> loads.of(endpoint).inFlight() <= calls.limit(endpoint, loads.inFlight()));
    }

    static Stream<Arguments> bounds() {
        return Stream.of(Algorithm.values())
                .flatMap(algorithm -> Stream.of(1.0, 1.25).map(bound -> Arguments.of(algorithm, bound)));
    }

    static Stream<Arguments> races() {
        return bounds().flatMap(of -> Fleets.seeds(20).mapToObj(seed -> Arguments.of(of.get()[0], of.get()[1], seed)));
    }

    private static void race(long seed, Consumer<Random> caller) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<Callable<Object>> callers = LongStream.range(seed * THREADS, (seed + 1) * THREADS)
                    .mapToObj(own -> Executors.callable(() -> caller.accept(new Random(own))))
                    .toList();
            for (Future<Object> called : threads.invokeAll(callers)) {
                called.get();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    /** Every other call has one of three keys, so that some endpoints are full; the number of calls goes up and down. */
    private static void callAtRandom(RacingCalls calls, Random random) {
        Deque<InFlight> inFlight = new ArrayDeque<>();
        int most = 0;
        for (int i = 0; i < CALLS; i++) {
            most = i % 64 == 0 ? random.nextInt(40) : most;
            inFlight.add(calls.start("key-" + random.nextInt(random.nextBoolean() ? 3 : 1_000)));
            while (inFlight.size() > most) {
                inFlight.remove().end();
            }
        }
        inFlight.forEach(InFlight::end);
    }
}
