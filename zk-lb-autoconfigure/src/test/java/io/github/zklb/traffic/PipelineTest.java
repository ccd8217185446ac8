package io.github.zklb.traffic;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.Reason;
import io.github.zklb.calls.CallLoads;
import io.github.zklb.calls.LoadSettings;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What becomes of registered endpoints on their way through all stages. */
class PipelineTest {

    private static final SlowStartSettings AT_ONCE = SlowStartSettings.DEFAULTS;
    private static final SlowStartSettings SLOW = new SlowStartSettings(Duration.ofSeconds(60), 1, 10);
    private static final OutlierEjectionSettings OFF = OutlierEjectionSettings.DEFAULTS;
    private static final OutlierEjectionSettings ON = new OutlierEjectionSettings(
            5,
            true,
            5,
            50,
            1.9,
            0,
            Duration.ofMillis(100),
            20,
            Duration.ofSeconds(10),
            Duration.ofSeconds(30),
            Duration.ofSeconds(90),
            100,
            50);
    private static final HostSet FOUR = HostSet.of(IntStream.rangeClosed(1, 4)
            .mapToObj(i -> Endpoint.of("10.0.0." + i, 80))
            .toList());
    private static final Endpoint FIRST = FOUR.get(0);
    private static final Endpoint NEW = Endpoint.of("10.0.0.9", 80);

    private final Clock clock = new Clock();
    private final CallLoads loads = new CallLoads(clock, () -> LoadSettings.DEFAULTS);
    private int changes;
    private final Pipeline pipeline = new Pipeline(loads, clock, () -> changes++);

    private Candidates run(HostSet hosts, SlowStartSettings slowStart, OutlierEjectionSettings ejection) {
        return pipeline.run(hosts, UnaryOperator.identity(), slowStart, ejection);
    }

    private void fail(Endpoint endpoint) {
        for (int i = 0; i < 5; i++) {
            loads.of(endpoint).start().failed();
        }
    }

    private static HostSet and(HostSet hosts, Endpoint... more) {
        return HostSet.of(IntStream.range(0, hosts.size() + more.length)
                .mapToObj(i -> i < hosts.size() ? hosts.get(i) : more[i - hosts.size()])
                .toList());
    }

    @Test
    void whoIsDrainedOrNotUpIsRemovedAndTheHoldHasTheRest() {
        Endpoint drained = NEW.withWeight(0);
        Endpoint down = Endpoint.of("10.0.0.8", 80).withMetadata(Map.of(Serving.STATUS_KEY, "DOWN"));
        UnaryOperator<Candidates> hold = each -> each.without(endpoint -> endpoint.equals(FIRST), Reason.HELD_GONE);
        Candidates left = pipeline.run(and(FOUR, drained, down), hold, AT_ONCE, OFF);
        assertThat(left.hosts().endpoints()).isEqualTo(FOUR.endpoints().subList(1, 4));
        assertThat(left.count(Reason.DRAINED)).isEqualTo(1);
        assertThat(left.count(Reason.NOT_UP)).isEqualTo(1);
        assertThat(left.count(Reason.HELD_GONE)).isEqualTo(1);
        Candidates supposed = pipeline.suppose(and(FOUR, drained, down), hold, OFF);
        assertThat(supposed.hosts()).isEqualTo(left.hosts());
        assertThat(Map.copyOf(supposed.reasons())).isEqualTo(Map.copyOf(left.reasons()));
    }

    @Test
    void aNewEndpointHasAPartOfItsShareUntilTheWindowIsOver() {
        run(FOUR, SLOW, OFF);
        HostSet five = and(FOUR, NEW);
        Candidates warming = run(five, SLOW, OFF);
        Endpoint newcomer = warming.hosts().get(4);
        assertThat(warming.acceptance().of(newcomer)).isEqualTo(0.1);
        assertThat(warming.state(newcomer)).isEqualTo(Reason.WARMING);
        assertThat(warming.acceptance().of(FIRST)).isEqualTo(1);
        assertThat(warming.count(Reason.WARMING)).isEqualTo(1);
        assertThat(pipeline.suppose(five, UnaryOperator.identity(), OFF).state(newcomer))
                .isEqualTo(Reason.WARMING);
        clock.pass(SLOW.window());
        Candidates warm = run(five, SLOW, OFF);
        assertThat(warm.reasons()).isEmpty();
        assertThat(warm.acceptance().of(newcomer)).isEqualTo(1);
    }

    @Test
    void whoFailsIsEjectedAndInTheLastTier() {
        assertThat(run(FOUR, AT_ONCE, ON).reasons()).isEmpty();
        assertThat(pipeline.ejections()).isSameAs(Ejections.NONE);
        fail(FIRST);
        assertThat(changes).isEqualTo(1);
        Candidates left = run(FOUR, AT_ONCE, ON);
        assertThat(left.hosts()).isEqualTo(FOUR);
        assertThat(left.state(FIRST)).isEqualTo(Reason.EJECTED);
        assertThat(left.count(Reason.EJECTED)).isEqualTo(1);
        assertThat(left.isNoted(Reason.PANIC)).isFalse();
        assertThat(left.acceptance().of(FIRST)).isZero();
        assertThat(left.acceptance().of(FOUR.get(1))).isEqualTo(1);
        assertThat(left.tier(FIRST)).isEqualTo(Candidates.EJECTED);
        assertThat(left.tier(FOUR.get(1))).isZero();
        assertThat(pipeline.ejections().addresses()).containsExactly(FIRST.address());
        assertThat(pipeline.outlierEjection().current()).isSameAs(pipeline.ejections());
    }

    @Test
    void inPanicWhoFailsHasItsShareAndWhoIsUnreachedHasNone() {
        run(FOUR, AT_ONCE, ON);
        loads.of(FOUR.get(3)).start().succeeded();
        for (int i = 0; i < 5; i++) {
            loads.of(FIRST).start().unreached();
            clock.pass(Duration.ofNanos(1));
            loads.of(FOUR.get(3)).start().succeeded();
        }
        for (int i : new int[] {1, 2}) {
            fail(FOUR.get(i));
            clock.pass(Duration.ofSeconds(11)); // not at once with the other
        }
        run(FOUR, AT_ONCE, ON);
        assertThat(pipeline.ejections().panic()).isFalse();
        HostSet three = HostSet.of(FOUR.endpoints().subList(0, 3));
        Candidates left = run(three, AT_ONCE, ON);
        assertThat(pipeline.ejections().panic()).isTrue();
        assertThat(left.state(FIRST)).isEqualTo(Reason.EJECTED);
        assertThat(left.reasons().get(FIRST)).doesNotContain(Reason.PANIC);
        assertThat(left.acceptance().of(FIRST)).isZero();
        assertThat(left.tier(FIRST)).isEqualTo(Candidates.EJECTED);
        for (Endpoint failing : three.endpoints().subList(1, 3)) {
            assertThat(left.reasons().get(failing)).contains(Reason.PANIC);
            assertThat(left.acceptance().of(failing)).isEqualTo(1);
            assertThat(left.tier(failing)).isZero();
        }
    }

    @Test
    void aSuppositionKnowsWhoIsEjectedAndLearnsNothing() {
        run(FOUR, AT_ONCE, ON);
        fail(FIRST);
        Candidates before = pipeline.suppose(FOUR, UnaryOperator.identity(), ON);
        assertThat(before.reasons()).isEmpty(); // as of the last run
        run(FOUR, AT_ONCE, ON);
        HostSet two = HostSet.of(FIRST, NEW);
        Candidates supposed = pipeline.suppose(two, UnaryOperator.identity(), ON);
        assertThat(supposed.hosts()).isEqualTo(two);
        assertThat(supposed.reasons()).containsOnlyKeys(FIRST);
        assertThat(supposed.state(FIRST)).isEqualTo(Reason.EJECTED);
        assertThat(supposed.acceptance().of(FIRST)).isZero();
        Candidates alone = pipeline.suppose(HostSet.of(FIRST), UnaryOperator.identity(), ON);
        assertThat(alone.reasons().get(FIRST)).contains(Reason.PANIC);
        assertThat(alone.acceptance().of(FIRST)).isEqualTo(1);
        assertThat(pipeline.suppose(HostSet.of(NEW), UnaryOperator.identity(), ON)
                        .reasons())
                .isEmpty();
        assertThat(pipeline.ejections().addresses()).containsExactly(FIRST.address());
    }

    @Test
    void theNextRunIsDueWithTheNextSweepOrStepOfSlowStart() {
        run(FOUR, SLOW, OFF);
        assertThat(pipeline.untilNextRun(SLOW, OFF)).isNull();
        assertThat(pipeline.untilNextRun(SLOW, ON)).isEqualTo(Duration.ofSeconds(10));
        run(and(FOUR, NEW), SLOW, ON);
        assertThat(pipeline.untilNextRun(SLOW, OFF)).isEqualTo(Duration.ofMillis(3_001));
        assertThat(pipeline.untilNextRun(SLOW, ON)).isEqualTo(Duration.ofMillis(3_001));
        clock.pass(Duration.ofSeconds(8));
        assertThat(pipeline.untilNextRun(SLOW, ON)).isEqualTo(Duration.ofSeconds(2));
    }

    @Test
    void clientsDoNotTakeAnEndpointBackAtTheSameTime() {
        Set<Long> ends = new HashSet<>();
        for (int client = 0; client < 5; client++) {
            CallLoads its = new CallLoads(clock, () -> LoadSettings.DEFAULTS);
            Pipeline other = new Pipeline(its, clock, () -> {});
            other.run(FOUR, UnaryOperator.identity(), AT_ONCE, ON);
            for (int i = 0; i < 5; i++) {
                its.of(FIRST).start().failed();
            }
            other.outlierEjection()
                    .current()
                    .terms()
                    .values()
                    .forEach(term -> ends.add(Objects.requireNonNull(term.until())));
        }
        assertThat(ends).hasSize(5);
    }
}
