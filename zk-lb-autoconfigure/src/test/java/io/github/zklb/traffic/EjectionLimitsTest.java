package io.github.zklb.traffic;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.calls.CallLoads;
import io.github.zklb.calls.LoadSettings;
import java.time.Duration;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who is not ejected although it fails, when an ejection is over, and what is remembered of it. */
class EjectionLimitsTest {

    private static final Duration INTERVAL = Duration.ofSeconds(10);
    private static final HostSet HOSTS = HostSet.of(
            IntStream.range(0, 10).mapToObj(i -> Endpoint.of("10.0.0." + i, 80)).toList());

    private final Clock clock = new Clock();
    private final CallLoads loads = new CallLoads(clock, () -> LoadSettings.DEFAULTS);
    private int changes;
    private final OutlierEjection ejection = new OutlierEjection(loads, clock, new Random(1), () -> changes++);

    private static OutlierEjectionSettings settings(int connectFailures, boolean enabled, int mostPercent) {
        return new OutlierEjectionSettings(
                connectFailures,
                enabled,
                5,
                50,
                1.9,
                0,
                Duration.ofMillis(100),
                20,
                INTERVAL,
                Duration.ofSeconds(30),
                Duration.ofSeconds(90),
                mostPercent,
                0);
    }

    private static final OutlierEjectionSettings ON = settings(5, true, 30);

    private Ejections update(HostSet hosts) {
        return ejection.update(hosts, ON);
    }

    private void fail(int endpoint) {
        IntStream.range(0, 5).forEach(i -> loads.of(HOSTS.get(endpoint)).start().failed());
    }

    private void refuse(int endpoint) {
        loads.of(HOSTS.get(endpoint)).start().unreached();
    }

    private void succeed(int endpoint) {
        clock.pass(Duration.ofNanos(1));
        loads.of(HOSTS.get(endpoint)).start().succeeded();
    }

    /** Another answers after the first of five connections that fail. */
    private void unreachable(int endpoint, int another) {
        refuse(endpoint);
        succeed(another);
        IntStream.range(0, 4).forEach(i -> refuse(endpoint));
    }

    private Set<String> ejected() {
        return new TreeSet<>(ejection.current().addresses());
    }

    @BeforeEach
    void knowTheEndpoints() {
        update(HOSTS);
    }

    @Test
    void whatHasNotChangedIsTheSameObject() {
        fail(0);
        Ejections current = ejection.current();
        assertThat(changes).isEqualTo(1);
        assertThat(update(HOSTS)).isSameAs(current);
        fail(0);
        assertThat(ejection.current()).isSameAs(current);
        assertThat(changes).isEqualTo(1);
    }

    @Test
    void whoDoesNotServeIsNotEjectedForCallsThatEndLate() {
        update(HostSet.of(HOSTS.endpoints().subList(2, 10)));
        fail(0);
        unreachable(1, 2);
        assertThat(ejected()).isEmpty();
        assertThat(changes).isZero();
    }

    @Test
    void twoRegistrationsOfOneAddressAreOne() {
        update(HostSet.of(HOSTS.get(0), HOSTS.get(0).withId("again"), HOSTS.get(1)));
        fail(0);
        assertThat(ejected()).containsExactly("10.0.0.0:80");
    }

    /** Whether another one has answered is asked at each failure at first, and later at each fifth. */
    @Test
    void connectionsThatGoOnFailingAreLookedAtTimeAndAgain() {
        ejection.update(HOSTS, settings(5, false, 30));
        IntStream.range(0, 30).forEach(i -> refuse(0));
        assertThat(ejected()).isEmpty();
        IntStream.range(0, 51).forEach(i -> refuse(1));
        succeed(2);
        refuse(0);
        assertThat(ejected()).containsExactly("10.0.0.0:80");
        IntStream.range(51, 54).forEach(i -> refuse(1));
        assertThat(ejected()).containsExactly("10.0.0.0:80");
        refuse(1);
        assertThat(ejected()).containsExactly("10.0.0.0:80", "10.0.0.1:80");
    }

    @Test
    void theLastOneThatIsLeftIsNotEjectedWhateverTheOthersAreEjectedFor() {
        HostSet three = HostSet.of(HOSTS.endpoints().subList(0, 3));
        ejection.update(three, settings(5, true, 100));
        unreachable(0, 1);
        assertThat(ejected()).containsExactly("10.0.0.0:80");
        fail(1);
        assertThat(ejected()).containsExactly("10.0.0.0:80", "10.0.0.1:80");
        clock.pass(INTERVAL.plusNanos(1)); // not at once with the next one
        fail(2);
        unreachable(2, 1);
        assertThat(ejected()).containsExactly("10.0.0.0:80", "10.0.0.1:80");
    }

    @Test
    void whatIsSwitchedOffEndsItsEjectionsAndNoOthers() {
        fail(0);
        unreachable(1, 2);
        assertThat(ejection.update(HOSTS, settings(5, false, 30)).addresses()).containsExactly("10.0.0.1:80");
        fail(0);
        assertThat(ejected()).containsExactly("10.0.0.1:80");
        update(HOSTS);
        loads.of(HOSTS.get(0)).start().succeeded();
        fail(0);
        assertThat(ejected()).containsExactly("10.0.0.0:80", "10.0.0.1:80");
        assertThat(ejection.update(HOSTS, settings(0, true, 30)).addresses()).containsExactly("10.0.0.0:80");
    }

    @Test
    void thoseThatAreCondemnedWithinOneIntervalAreCondemnedAtOnce() {
        IntStream.range(0, 3).forEach(this::fail);
        assertThat(ejected()).hasSize(3);
        clock.pass(INTERVAL);
        fail(3); // the fourth of ten, of which three may be ejected
        assertThat(ejected()).isEmpty();
    }

    @Test
    void whoIsCondemnedLaterThanThatOnlyFindsNoPlace() {
        IntStream.range(0, 3).forEach(this::fail);
        clock.pass(INTERVAL.plusNanos(1));
        fail(3);
        assertThat(ejected()).containsExactly("10.0.0.0:80", "10.0.0.1:80", "10.0.0.2:80");
    }

    @Test
    void anEjectionThatWasNobodysFaultDoesNotMakeTheNextOneLonger() {
        IntStream.range(0, 4).forEach(this::fail);
        assertThat(ejected()).isEmpty();
        IntStream.range(0, 4).forEach(this::succeed);
        clock.pass(INTERVAL.plusNanos(1));
        fail(0);
        assertThat(ejected()).containsExactly("10.0.0.0:80");
        assertLastsAsTheFirst();
    }

    @Test
    void whoDoesWellForLongIsForgivenNoMoreThanItHasDone() {
        fail(0);
        clock.pass(Duration.ofSeconds(40));
        assertThat(update(HOSTS).addresses()).isEmpty();
        for (int sweep = 0; sweep < 5; sweep++) {
            succeed(0);
            clock.pass(INTERVAL);
            update(HOSTS);
        }
        fail(0);
        assertLastsAsTheFirst();
    }

    private void assertLastsAsTheFirst() {
        clock.pass(Duration.ofMillis(29_999));
        assertThat(update(HOSTS).addresses()).containsExactly("10.0.0.0:80");
        clock.pass(Duration.ofMillis(7_501)); // a quarter of 30 s at most
        assertThat(update(HOSTS).addresses()).isEmpty();
    }

    @Test
    void whoIsNotCalledIsNotForgiven() {
        fail(0);
        clock.pass(Duration.ofSeconds(40));
        update(HOSTS);
        for (int sweep = 0; sweep < 5; sweep++) {
            clock.pass(INTERVAL);
            update(HOSTS);
        }
        fail(0);
        clock.pass(Duration.ofSeconds(59));
        assertThat(update(HOSTS).addresses()).containsExactly("10.0.0.0:80");
    }

    @Test
    void anUpdateThatIsOverdueIsDueAtOnce() {
        assertThat(ejection.untilNextUpdate()).isEqualTo(INTERVAL);
        clock.pass(INTERVAL.multipliedBy(2));
        assertThat(ejection.untilNextUpdate()).isEqualTo(Duration.ofNanos(1));
        update(HOSTS);
        assertThat(ejection.untilNextUpdate()).isEqualTo(INTERVAL);
    }

    @Test
    void theEndOfAnEjectionIsDueWhenItComesBeforeTheNextSweep() {
        fail(0);
        for (int sweep = 0; sweep < 3; sweep++) {
            assertThat(ejection.untilNextUpdate()).isEqualTo(INTERVAL);
            clock.pass(INTERVAL);
            update(HOSTS);
        }
        long until = Objects.requireNonNull(
                Objects.requireNonNull(ejection.current().terms().get("10.0.0.0:80"))
                        .until());
        assertThat(ejection.untilNextUpdate())
                .isEqualTo(Duration.ofNanos(until - clock.getAsLong()))
                .isLessThan(INTERVAL);
    }

    @Test
    void whoIsTakenBackStartsWithoutItsPast() {
        succeed(0);
        unreachable(0, 1);
        ejection.reached(HOSTS.get(0).address());
        assertThat(ejected()).isEmpty();
        assertThat(changes).isEqualTo(2);
        assertThat(loads.of(HOSTS.get(0)).history().unreachedInARow()).isZero();
        assertThat(loads.of(HOSTS.get(0)).latency()).isZero();
    }

    @Test
    void whoWasNotUnreachedIsNotTakenBackWhenItIsReached() {
        fail(0);
        ejection.reached(HOSTS.get(0).address());
        ejection.reached(HOSTS.get(1).address());
        assertThat(ejected()).containsExactly("10.0.0.0:80");
        assertThat(changes).isEqualTo(1);
    }

    @Test
    void amongOthersThoseThatAreThereAreStillEjected() {
        fail(0);
        fail(1);
        unreachable(2, 3);
        HostSet some = HostSet.of(HOSTS.get(1), HOSTS.get(2), HOSTS.get(3), HOSTS.get(4));
        Ejections among = ejection.current().among(some, settings(5, true, 30));
        assertThat(among.failing()).containsExactly("10.0.0.1:80");
        assertThat(among.unreached()).containsExactly("10.0.0.2:80");
        assertThat(among.addresses()).containsExactlyInAnyOrder("10.0.0.1:80", "10.0.0.2:80");
        assertThat(among.isEmpty()).isFalse();
        assertThat(ejection.current().among(HostSet.of(HOSTS.get(4)), ON).isEmpty())
                .isTrue();
        OutlierEjectionSettings panicking = OutlierEjectionSettings.DEFAULTS; // below a half
        assertThat(ejection.current()
                        .among(HostSet.of(HOSTS.get(1), HOSTS.get(4)), panicking)
                        .panic())
                .isFalse();
        assertThat(ejection.current()
                        .among(HostSet.of(HOSTS.get(0), HOSTS.get(1), HOSTS.get(4)), panicking)
                        .panic())
                .isTrue();
    }
}
