package io.github.zklb.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.zklb.Endpoint;
import io.github.zklb.EndpointLoad;
import io.github.zklb.EndpointLoads;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Picker;
import io.github.zklb.calls.Call;
import io.github.zklb.calls.CallLoad;
import io.github.zklb.calls.CallLoads;
import io.github.zklb.calls.LoadSettings;
import io.github.zklb.strategy.ConsistentHashSettings.Algorithm;
import io.github.zklb.traffic.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class BoundedLoadTest {

    private static final HostSet HOSTS = Fleets.ofWeights(1, 2, 3, 4, 5, 5);

    private final CallLoads loads = new CallLoads(() -> 0, () -> LoadSettings.DEFAULTS);

    @ParameterizedTest
    @ValueSource(doubles = {1, 1.1, 1.25, 2})
    void noEndpointIsEverLoadedAboveItsBound(double bound) {
        Picker picker = picker(HOSTS, Algorithm.RING, bound);
        Random random = new Random(1);
        Deque<Call> calls = new ArrayDeque<>();
        for (int i = 0; i < 20_000; i++) {
            Endpoint endpoint = pick(picker, "key-" + random.nextInt(3)); // As skewed as can be.
            assertThat(loads.of(endpoint).inFlight())
                    .as("request %d", i)
                    .isLessThanOrEqualTo(limit(endpoint, bound, loads.inFlight()));
            calls.add(loads.of(endpoint).start());
            while (calls.size() > random.nextInt(200)) {
                calls.remove().succeeded();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void keysThatDoNotOverflowDoNotMove(Algorithm algorithm) {
        Picker plain = Fleets.consistentHash(algorithm).newPicker(HOSTS);
        Picker bounded = picker(HOSTS, algorithm, 1.25);
        int overflown = 0;
        for (int i = 0; i < 5_000; i++) {
            String key = "key-" + i % 1_000;
            Endpoint owner = pick(plain, key);
            boolean full = loads.of(owner).inFlight() >= limit(owner, 1.25, loads.inFlight() + 1);
            Endpoint endpoint = pick(bounded, key);
            assertThat(endpoint.equals(owner)).isEqualTo(!full);
            overflown += full ? 1 : 0;
            loads.of(endpoint).start();
        }
        assertThat(overflown).isBetween(1, 1_500);
    }

    @Test
    void anOverflowingKeyGoesToItsNextEndpoint() {
        Picker plain = Fleets.consistentHash(Algorithm.RENDEZVOUS).newPicker(HOSTS);
        Picker bounded = picker(HOSTS, Algorithm.RENDEZVOUS, 1);
        String key = IntStream.range(0, 1_000)
                .mapToObj(i -> "key-" + i)
                .filter(k -> pick(plain, k).weight() == 1)
                .findFirst()
                .orElseThrow();
        Endpoint owner = pick(plain, key);
        for (int i = 0; i < BoundedLoad.FLOOR; i++) {
            assertThat(pick(bounded, key)).isEqualTo(owner);
        }
        assertThat(pick(bounded, key)).isEqualTo(plain.pick(new PickContext(key, Set.of(owner))));
    }

    /** Fault 59. */
    @ParameterizedTest
    @EnumSource
    void whereFewAreInFlightNearlyAllRequestsGoToTheOwnersOfTheirKeys(Algorithm algorithm) {
        HostSet hosts = Fleets.equal(20);
        Picker plain = Fleets.consistentHash(algorithm).newPicker(hosts);
        Picker bounded = picker(hosts, algorithm, 1.25);
        Random random = new Random(1);
        List<Call> calls = new ArrayList<>();
        int atOwner = 0;
        for (int i = 0; i < 20_000; i++) {
            String key = "key-" + random.nextInt(1_000);
            Endpoint endpoint = pick(bounded, key);
            atOwner += endpoint.equals(pick(plain, key)) ? 1 : 0;
            calls.add(loads.of(endpoint).start());
            if (calls.size() == 10) {
                calls.remove(random.nextInt(10)).succeeded();
            }
        }
        assertThat(atOwner).isGreaterThanOrEqualTo(19_000);
    }

    @Test
    void whatIsInFlightToEndpointsThatDoNotServeCountsNowhere() {
        HostSet four = Fleets.equal(4);
        HostSet two = Fleets.equal(2);
        loads.retain(four);
        four.endpoints().forEach(endpoint -> start(endpoint, 10));
        assertThat(loads.inFlight()).isEqualTo(40);
        Call gone = loads.of(four.get(3)).start();
        loads.serving(two);
        assertThat(loads.inFlight()).isEqualTo(20);
        loads.of(four.get(3)).start();
        gone.succeeded();
        assertThat(loads.inFlight()).isEqualTo(20);
        Picker picker = picker(two, Algorithm.MAGLEV, 1);
        assertThat(Stream.of(pick(picker, "a"), pick(picker, "a")))
                .containsExactlyInAnyOrderElementsOf(two.endpoints());
        loads.serving(four);
        assertThat(loads.inFlight()).isEqualTo(43);
    }

    @ParameterizedTest
    @EnumSource
    void theBoundOfAGroupIsMeasuredByWhatIsInFlightToTheGroup(Algorithm algorithm) {
        HostSet all = Fleets.equal(20);
        HostSet canaries = all.filter(all.endpoints().subList(0, 2)::contains);
        loads.retain(all);
        all.endpoints().forEach(endpoint -> start(endpoint, canaries.endpoints().contains(endpoint) ? 0 : 53));
        Picker picker = picker(canaries, algorithm, 1.25);
        for (int i = 0; i < 50; i++) {
            loads.of(pick(picker, "the only key")).start();
        }
        assertThat(canaries.endpoints()).allMatch(endpoint -> loads.of(endpoint).inFlight() <= 32);
    }

    @Test
    void whatHangsAtAnEndpointThatIsGivenNothingDoesNotCount() {
        HostSet three = Fleets.equal(3);
        start(three.get(0), 1_000);
        Picker picker = Fleets.bounded(Algorithm.RING, 1.25, loads)
                .newPicker(three, endpoint -> endpoint.equals(three.get(0)) ? 0 : 1);
        for (int i = 0; i < 50; i++) {
            loads.of(pick(picker, "the only key")).start();
        }
        assertThat(loads.of(three.get(0)).inFlight()).isEqualTo(1_000);
        assertThat(List.of(three.get(1), three.get(2)))
                .allMatch(endpoint -> loads.of(endpoint).inFlight() <= 32);
    }

    /** There the sum is not read for each pick. */
    @Test
    void amongManyEndpointsTheBoundIsThatOfAFewPicksAgo() {
        HostSet many = Fleets.equal(200);
        Picker picker = picker(many, Algorithm.RENDEZVOUS, 1.25);
        Random random = new Random(1);
        int spilled = 0;
        Picker plain = Fleets.consistentHash(Algorithm.RENDEZVOUS).newPicker(many);
        for (int i = 1; i <= 20_000; i++) {
            String key = "key-" + random.nextInt(300);
            Endpoint endpoint = pick(picker, key);
            int inFlight = loads.of(endpoint).inFlight();
            assertThat(inFlight).isLessThanOrEqualTo(Math.max(BoundedLoad.FLOOR, (int) Math.ceil(1.25 * i / 200)));
            Endpoint owner = pick(plain, key);
            if (!endpoint.equals(owner)) {
                spilled++;
                assertThat(loads.of(owner).inFlight()).isGreaterThanOrEqualTo((int) (1.25 * (i - 25) / 200));
            }
            loads.of(endpoint).start();
        }
        assertThat(spilled).isBetween(1_000, 15_000);
    }

    @Test
    void afterAQuietHourTheBoundIsNotThatOfTheRushBefore() {
        HostSet many = Fleets.equal(200);
        Clock clock = new Clock();
        BoundedLoad bounded = bounded(many, loads, clock);
        List<Call> rush = many.endpoints().stream()
                .flatMap(endpoint ->
                        IntStream.range(0, 50).mapToObj(i -> loads.of(endpoint).start()))
                .toList();
        clock.pass(Duration.ofSeconds(1));
        IntStream.range(0, 50).forEach(i -> assertThat(bounded.admits(i)).isTrue());
        rush.forEach(Call::succeeded);
        start(many.get(100), 10);
        clock.pass(Duration.ofHours(1));
        assertThat(IntStream.range(0, 200).filter(bounded::admits).count())
                .as("all but the one that has ten in flight")
                .isEqualTo(199);
    }

    @Test
    void whileOneThreadReadsTheSumForANewPickerOthersDoNotTakeItForZero() {
        HostSet many = Fleets.equal(200);
        many.endpoints().forEach(endpoint -> start(endpoint, 10));
        Deque<Runnable> meanwhile = new ArrayDeque<>();
        BoundedLoad bounded = bounded(many, doingMeanwhile(meanwhile), () -> 0);
        List<Boolean> admitted = new ArrayList<>();
        meanwhile.add(() -> admitted.add(bounded.admits(199)));
        for (int i = 0; !meanwhile.isEmpty(); i++) {
            admitted.add(bounded.admits(i));
        }
        assertThat(admitted).hasSizeGreaterThan(1).containsOnly(true);
    }

    private static BoundedLoad bounded(HostSet hosts, EndpointLoads loads, LongSupplier nanoTime) {
        double[] parts = new double[hosts.size()];
        Arrays.fill(parts, 1);
        return new BoundedLoad(1.25, Fleets.candidates(hosts), parts, loads, nanoTime);
    }

    /** The same loads, which do something when they are read, as another thread might. */
    private EndpointLoads doingMeanwhile(Deque<Runnable> what) {
        return new EndpointLoads() {
            @Override
            public EndpointLoad of(Endpoint endpoint) {
                CallLoad load = loads.of(endpoint);
                return new EndpointLoad() {
                    @Override
                    public int inFlight() {
                        Runnable next = what.poll();
                        if (next != null) {
                            next.run();
                        }
                        return load.inFlight();
                    }

                    @Override
                    public boolean tryReserve(int limit) {
                        return load.tryReserve(limit);
                    }
                };
            }
        };
    }

    @Test
    void aBoundOfOneLevelsTheLoad() {
        HostSet equal = Fleets.equal(7);
        Picker picker = picker(equal, Algorithm.MAGLEV, 1);
        for (int i = 0; i < 70; i++) {
            loads.of(pick(picker, "the only key")).start();
        }
        assertThat(equal.endpoints()).allMatch(endpoint -> loads.of(endpoint).inFlight() == 10);
    }

    @Test
    void aRetryGoesAboveTheBoundRatherThanToATriedEndpoint() {
        HostSet two = Fleets.equal(2);
        Picker picker = picker(two, Algorithm.RING, 1);
        start(two.get(0), 10);
        assertThat(picker.pick(new PickContext("a", Set.of(two.get(1))))).isEqualTo(two.get(0));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.99, Double.NaN, 1_001})
    void aBoundOutOfRangeIsRefused(double bound) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> picker(HOSTS, Algorithm.RING, bound))
                .withMessage("zk-lb.consistent-hash.bounded-load must be 1..1000 but was " + bound);
    }

    private void start(Endpoint endpoint, int calls) {
        IntStream.range(0, calls).forEach(i -> loads.of(endpoint).start());
    }

    private static int limit(Endpoint endpoint, double bound, long inFlight) {
        double weights =
                HOSTS.endpoints().stream().mapToDouble(Endpoint::weight).sum();
        return Math.max(BoundedLoad.FLOOR, (int) Math.ceil(bound * inFlight * endpoint.weight() / weights - 1e-9));
    }

    private Picker picker(HostSet hosts, Algorithm algorithm, double bound) {
        return Fleets.bounded(algorithm, bound, loads).newPicker(hosts);
    }

    private static Endpoint pick(Picker picker, String key) {
        return Objects.requireNonNull(picker.pick(PickContext.ofKey(key)));
    }
}
