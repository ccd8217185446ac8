package io.github.zklb.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.Reason;
import io.github.zklb.engine.EventLog.Kind;
import io.github.zklb.membership.Membership;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.policy.KnownOverlays;
import io.github.zklb.policy.Steering;
import io.github.zklb.reports.ReportedWeights;
import io.github.zklb.traffic.Candidates;
import io.github.zklb.traffic.Ejections;
import io.github.zklb.traffic.ZoneSettings.Mode;
import io.github.zklb.traffic.Zones;
import io.github.zklb.traffic.Zones.Obstacle;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

/** What is remembered, and logged, of the publications of a service. */
@ExtendWith(OutputCaptureExtension.class)
class EventLogTest {

    private static final Instant START = Instant.parse("2026-11-26T20:00:00.123456Z");
    private static final EngineSettings WEIGHTED = DefaultSettings.of(EngineSettings.Source.ZOOKEEPER, "weighted");
    private static final Endpoint A = Endpoint.of("10.0.0.1", 80);
    private static final Endpoint B = Endpoint.of("10.0.0.2", 80);

    private final Queue<Timer> timers = new ArrayDeque<>();
    private long nanos;
    private final EventLog log = new EventLog(
            "orders",
            (task, delay) -> timers.add(new Timer(nanos + delay.toNanos(), task)),
            () -> nanos,
            InstantSource.fixed(START),
            WEIGHTED);
    private State state = State.SYNCED;
    private EngineSettings settings = WEIGHTED;
    private Ejections ejections = Ejections.NONE;
    private Zones.State zones = Zones.State.OFF;

    private record Timer(long due, Runnable task) {}

    @Test
    void whoJoinsLeavesAndIsReweighedIsNamed() {
        publish(A, B.withWeight(2.5));
        publish(A, B.withWeight(0));
        publish(B.withWeight(0));
        assertThat(events(0))
                .containsExactly(
                        "SYNCED null fed by a test",
                        "JOINED 10.0.0.1:80 null",
                        "JOINED 10.0.0.2:80 weight 2.5",
                        "REWEIGHED 10.0.0.2:80 2.5 to 0",
                        "LEFT 10.0.0.1:80 null");
        assertThat(log.since(4)).singleElement().satisfies(event -> {
            assertThat(event.number()).isEqualTo(4);
            assertThat(event.time()).isEqualTo(Instant.parse("2026-11-26T20:00:00.123Z"));
            assertThat(event.count()).isEqualTo(1);
        });
        assertThat(log.next()).isEqualTo(5);
        assertThat(log.count(Kind.JOINED)).isEqualTo(2);
    }

    @Test
    void whatIsPublishedAgainIsNoEvent() {
        publish(A, B);
        long next = log.next();
        publish(A.withId("registered anew"), B);
        assertThat(log.since(next)).isEmpty();
    }

    @Test
    void anEndpointIsHeldDemotedGoneAndRegisteredAgain() {
        publish(A);
        long next = log.next();
        for (Reason each : List.of(Reason.HELD, Reason.HELD_DEMOTED, Reason.HELD, Reason.HELD_GONE)) {
            publish(candidates(A).because(any -> true, each));
        }
        publish(A);
        assertThat(events(next))
                .containsExactly(
                        "HELD 10.0.0.1:80 null",
                        "DEMOTED 10.0.0.1:80 null",
                        "HELD 10.0.0.1:80 null",
                        "GONE 10.0.0.1:80 null",
                        "RETURNED 10.0.0.1:80 is registered again");
    }

    @Test
    void ejectionsSayWhyAndPanicIsOne() {
        publish(A, B);
        long next = log.next();
        ejections = new Ejections(Set.of(), Set.of(), Set.of(A.address()), false, Map.of());
        publish(A, B);
        ejections = new Ejections(Set.of(B.address()), Set.of(), Set.of(A.address()), true, Map.of());
        publish(A, B);
        ejections = Ejections.NONE;
        publish(A, B);
        ejections = new Ejections(Set.of(B.address()), Set.of(B.address()), Set.of(), false, Map.of());
        publish(A, B);
        assertThat(events(next))
                .containsExactly(
                        "EJECTED 10.0.0.1:80 accepts no connection",
                        "PANIC null null",
                        "EJECTED 10.0.0.2:80 gives failing answers",
                        "PANIC_ENDED null null",
                        "RETURNED 10.0.0.1:80 is not ejected any more",
                        "RETURNED 10.0.0.2:80 is not ejected any more",
                        "EJECTED 10.0.0.2:80 answers slowly");
    }

    @Test
    void eachChangeOfWhetherZonesCountIsOneEvent() {
        publish(A);
        long next = log.next();
        zones = new Zones.State(Mode.BALANCED, "a", false, Obstacle.CALLERS_UNKNOWN, Map.of());
        publish(A);
        publish(A);
        zones = new Zones.State(Mode.BALANCED, "a", true, null, Map.of("a", 1.0));
        publish(A);
        zones = new Zones.State(Mode.BALANCED, "a", true, null, Map.of("a", 0.5, "b", 0.5));
        publish(A);
        zones = new Zones.State(Mode.BALANCED, "a", false, Obstacle.ONE_ZONE, Map.of());
        publish(A);
        zones = Zones.State.OFF;
        publish(A);
        assertThat(events(next))
                .containsExactly(
                        "ZONE_MODE null BALANCED not in effect: CALLERS_UNKNOWN",
                        "ZONE_MODE null BALANCED in effect",
                        "ZONE_MODE null BALANCED not in effect: ONE_ZONE",
                        "ZONE_MODE null OFF");
    }

    @Test
    void theServicesOwnChangesHaveNoAddress() {
        publish(A);
        long next = log.next();
        state = State.STALE;
        publish(A);
        state = State.SYNCED;
        settings = DefaultSettings.of(EngineSettings.Source.ZOOKEEPER, "random");
        publish(candidates(A).because(any -> true, Reason.NOT_UP));
        publish(A);
        assertThat(events(next))
                .containsExactly(
                        "STALE null fed by a test",
                        "SETTINGS null strategy weighted to random",
                        "SYNCED null fed by a test",
                        "NOT_UP 10.0.0.1:80 null",
                        "UP 10.0.0.1:80 null");
        assertThat(log.since(next).get(0).count()).isZero();
    }

    @Test
    void aMassOfChangesIsOneEventAndOnlySoManyAreKept() {
        List<Endpoint> many = IntStream.range(0, 10_000)
                .mapToObj(i -> Endpoint.of("10.1." + i / 250 + "." + i % 250, 80))
                .toList();
        publish(candidates(many.toArray(Endpoint[]::new)));
        assertThat(log.since(1)).singleElement().satisfies(event -> {
            assertThat(event.address()).isNull();
            assertThat(event.count()).isEqualTo(10_000);
            assertThat(event.detail())
                    .isEqualTo("10.1.0.0:80, 10.1.0.1:80, 10.1.0.10:80, 10.1.0.100:80, and 9996 more");
        });
        for (int i = 0; i < EventLog.KEPT; i++) {
            publish(A);
            publish(B);
        }
        assertThat(log.since(0)).hasSize(EventLog.KEPT);
        assertThat(log.since(0).get(EventLog.KEPT - 1).number()).isEqualTo(log.next() - 1);
        assertThat(log.count(Kind.LEFT)).isEqualTo(10_000 + 2 * EventLog.KEPT - 1);
    }

    @Test
    void whatOthersWroteIsEscapedAndShort() {
        Endpoint hostile = Endpoint.of("a\r\n\u001b[31m" + "x".repeat(5_000), 80);
        publish(hostile);
        publish(A);
        assertThat(log.since(0)).allSatisfy(event -> {
            assertThat(String.valueOf(event.address())).hasSizeLessThan(300).matches("[ -~]*");
        });
    }

    @Test
    void oneLineTellsOfAllThatHasChangedWithinASecond(CapturedOutput output) {
        publish(A);
        publish(A, B, Endpoint.of("10.0.0.3", 80).withWeight(3));
        publish(A.withWeight(2), B);
        assertThat(lines(output)).isEmpty();
        pass(Duration.ofSeconds(1));
        publish(Endpoint.of("10.0.0.9", 80));
        pass(Duration.ofSeconds(60));
        assertThat(lines(output))
                .containsExactly(
                        "service orders: +2 joined (10.0.0.1:80 weight 2, 10.0.0.2:80); 2 of 2 are given requests",
                        "service orders: +1 joined (10.0.0.9:80), -2 left (10.0.0.1:80, 10.0.0.2:80); 1 of 1 are given requests");
    }

    @Test
    void whatIsAsItWasLeavesNoLineAndFlappingEverFewer(CapturedOutput output) {
        publish(A);
        pass(Duration.ofSeconds(1));
        publish(A, B);
        publish(A);
        pass(Duration.ofMinutes(3));
        assertThat(lines(output)).hasSize(1);
        for (int second = 0; second < 600; second++) {
            publish(Endpoint.of("10.0.1." + second % 251, 80));
            pass(Duration.ofSeconds(1));
        }
        assertThat(lines(output)).hasSizeBetween(5, 1 + 6 + 10);
        publish(A);
        pass(Duration.ofMinutes(5));
        settings = DefaultSettings.of(EngineSettings.Source.ZOOKEEPER, "random");
        publish(A);
        pass(Duration.ofSeconds(1));
        assertThat(lines(output))
                .last()
                .isEqualTo("service orders: other settings: strategy weighted to random; 1 of 1 are given requests");
    }

    private void publish(Endpoint... endpoints) {
        publish(candidates(endpoints));
    }

    private static Candidates candidates(Endpoint... endpoints) {
        return Candidates.of(HostSet.of(endpoints));
    }

    private void publish(Candidates candidates) {
        Membership membership = new Membership(candidates.hosts(), state, "fed by a test", START, 0);
        Snapshot snapshot = Snapshot.of(
                membership,
                candidates.hosts(),
                candidates,
                tier -> hosts -> context -> null,
                hosts -> hosts,
                picker -> picker,
                null);
        log.published(new Published(
                snapshot,
                candidates.hosts(),
                KnownOverlays.Overview.NONE,
                Steering.NONE,
                candidates,
                ejections,
                zones,
                ReportedWeights.none(candidates, null),
                settings,
                Published.nothing(settings).rebuilds()));
    }

    private void pass(Duration time) {
        long end = nanos + time.toNanos();
        for (Timer timer = timers.peek(); timer != null && timer.due <= end; timer = timers.peek()) {
            timers.remove();
            nanos = timer.due;
            timer.task.run();
        }
        nanos = end;
    }

    private List<String> events(long since) {
        return log.since(since).stream()
                .map(event -> event.kind() + " " + event.address() + " " + event.detail())
                .toList();
    }

    private static List<String> lines(CapturedOutput output) {
        return output.getOut()
                .lines()
                .filter(line -> line.contains("service orders"))
                .map(line -> line.substring(line.indexOf("service orders")))
                .toList();
    }
}
