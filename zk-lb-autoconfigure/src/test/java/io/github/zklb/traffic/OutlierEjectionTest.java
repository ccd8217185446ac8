package io.github.zklb.traffic;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.calls.Call;
import io.github.zklb.calls.CallLoads;
import io.github.zklb.calls.LoadSettings;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OutlierEjectionTest {

    private static final OutlierEjectionSettings SETTINGS = settings(50, 50);
    private static final OutlierEjectionSettings OFF = OutlierEjectionSettings.DEFAULTS;
    private static final HostSet HOSTS = HostSet.of(
            IntStream.range(0, 10).mapToObj(i -> Endpoint.of("10.0.0." + i, 80)).toList());

    private final Clock clock = new Clock();
    private final Client client = new Client(1);

    /** One of several clients of the same endpoints. */
    private final class Client {

        final CallLoads loads = new CallLoads(clock, () -> LoadSettings.DEFAULTS);
        final OutlierEjection ejection;
        int changes;

        Client(long seed) {
            ejection = new OutlierEjection(loads, clock, new Random(seed), () -> changes++);
        }

        void fail(int endpoint, int times) {
            repeat(times, () -> start(endpoint).answered(false));
        }

        void succeed(int endpoint, int times) {
            repeat(times, () -> start(endpoint).succeeded());
        }

        void refuse(int endpoint, int times) {
            repeat(times, () -> start(endpoint).unreached());
        }

        void breakOff(int endpoint, int times) {
            repeat(times, () -> start(endpoint).brokeOff());
        }

        Call start(int endpoint) {
            return loads.of(HOSTS.get(endpoint)).start();
        }

        Set<String> ejected() {
            return new TreeSet<>(ejection.current().addresses());
        }

        /** The next sweep. */
        Ejections sweep() {
            clock.pass(seconds(10));
            return ejection.update(HOSTS, SETTINGS);
        }
    }

    @BeforeEach
    void knowTheEndpoints() {
        client.ejection.update(HOSTS, SETTINGS);
    }

    @Test
    void nothingIsEjectedForItsAnswersWhenThatIsOff() {
        client.ejection.update(HOSTS, OFF);
        client.fail(0, 100);
        clock.pass(seconds(10));
        assertThat(client.ejection.update(HOSTS, OFF)).isEqualTo(Ejections.NONE);
        assertThat(client.ejection.update(HOSTS, SETTINGS).addresses()).isEmpty();
    }

    @Test
    void errorsInARowEjectWithinTheCall() {
        client.fail(3, 4);
        assertThat(client.ejected()).isEmpty();
        assertThat(client.changes).isZero();
        client.fail(3, 1);
        assertThat(client.changes).isEqualTo(1);
        Ejections ejections = client.ejection.current();
        assertThat(ejections.addresses()).containsExactly("10.0.0.3:80");
        assertThat(ejections.of(HOSTS.get(3))).isZero();
        assertThat(ejections.of(HOSTS.get(4))).isEqualTo(1);
    }

    @Test
    void itIsKnownSinceWhenAndUntilWhenEachIsEjected() {
        clock.pass(seconds(3));
        long at = clock.getAsLong();
        client.fail(3, 5);
        client.succeed(5, 1);
        clock.pass(Duration.ofNanos(1));
        client.refuse(4, 4);
        clock.pass(Duration.ofNanos(1));
        client.succeed(5, 1);
        client.refuse(4, 1);
        assertThat(client.ejection.current().terms()).containsOnlyKeys("10.0.0.3:80", "10.0.0.4:80");
        Ejections.Term failing =
                Objects.requireNonNull(client.ejection.current().terms().get("10.0.0.3:80"));
        assertThat(failing.since()).isEqualTo(at);
        long until = Objects.requireNonNull(failing.until());
        assertThat(client.ejection.current().terms().get("10.0.0.4:80")).isEqualTo(new Ejections.Term(at + 2, null));
        clock.pass(Duration.ofNanos(until - clock.getAsLong() - 1));
        assertThat(client.ejection.update(HOSTS, SETTINGS).terms()).containsKey("10.0.0.3:80");
        clock.pass(Duration.ofNanos(1));
        assertThat(client.ejection.update(HOSTS, SETTINGS).terms()).containsOnlyKeys("10.0.0.4:80");
    }

    @Test
    void theErrorRateEjectsFromTheMinimumOfRequestsOn() {
        for (int i = 0; i < 9; i++) {
            client.fail(2, 1);
            client.succeed(2, 1);
        }
        assertThat(client.sweep().addresses()).isEmpty();
        for (int i = 0; i < 10; i++) {
            client.fail(2, 1);
            client.succeed(2, 1);
        }
        assertThat(client.sweep().addresses()).containsExactly("10.0.0.2:80");
    }

    @Test
    void aLowErrorRateIsNoCause() {
        for (int i = 0; i < 30; i++) {
            client.fail(2, 1);
            client.succeed(2, 2);
        }
        assertThat(client.sweep().addresses()).isEmpty();
    }

    @Test
    void anErrorRateThatIsAnOutlierEjects() {
        for (int i = 0; i < 10; i++) {
            client.succeed(i, 99);
            client.fail(i, 1);
        }
        assertThat(client.sweep().addresses()).isEmpty();
        for (int i = 0; i < 10; i++) {
            client.succeed(i, i == 4 ? 80 : 99);
            client.fail(i, 1);
            client.succeed(i, 1);
        }
        for (int i = 0; i < 10; i++) {
            client.fail(4, 2);
            client.succeed(4, 1);
        }
        assertThat(client.sweep().addresses()).containsExactly("10.0.0.4:80");
    }

    @Test
    void whatIsSwitchedOffIsNoCause() {
        OutlierEjectionSettings neither = new OutlierEjectionSettings(
                0, true, 0, 0, 0, 0, seconds(1), 1, seconds(10), seconds(30), seconds(300), 50, 50);
        client.ejection.update(HOSTS, neither);
        client.succeed(1, 1);
        client.fail(0, 1_000);
        client.refuse(0, 1_000);
        client.succeed(0, 1);
        clock.pass(seconds(10));
        assertThat(client.ejection.update(HOSTS, neither).addresses()).isEmpty();
    }

    @Test
    void anEjectionLastsLongerEachTimeUpToTheLongest() {
        for (int lasts : new int[] {30, 60, 90, 90}) {
            client.fail(0, 5);
            assertThat(client.ejected()).hasSize(1);
            clock.pass(seconds(lasts - 1));
            assertThat(client.ejection.update(HOSTS, SETTINGS).addresses()).hasSize(1);
            clock.pass(seconds(1 + lasts / 4));
            assertThat(client.ejection.update(HOSTS, SETTINGS).addresses()).isEmpty();
        }
    }

    @Test
    void itReturnsWhenItsTimeIsOverAndNotWithTheNextSweep() {
        client.fail(0, 5);
        clock.pass(seconds(25));
        client.ejection.update(HOSTS, SETTINGS);
        Duration next = client.ejection.untilNextUpdate();
        assertThat(next).isLessThanOrEqualTo(seconds(10));
        while (!client.ejected().isEmpty()) {
            clock.pass(client.ejection.untilNextUpdate());
            client.ejection.update(HOSTS, SETTINGS);
        }
        assertThat(clock.getAsLong() - Long.MAX_VALUE)
                .isBetween(seconds(27).toNanos() - 1, seconds(27 + 8).toNanos());
    }

    @Test
    void aSweepIsDueAfterItsIntervalHoweverOftenEndpointsChange() {
        for (int i = 0; i < 9; i++) {
            clock.pass(seconds(1));
            client.ejection.update(HOSTS, SETTINGS);
            assertThat(client.ejection.untilNextUpdate()).isEqualTo(seconds(9 - i));
        }
    }

    @Test
    void aSweepThatFindsItWellForgivesOneEjection() {
        client.fail(0, 5);
        clock.pass(seconds(40));
        assertThat(client.ejection.update(HOSTS, SETTINGS).addresses()).isEmpty();
        client.succeed(0, 1);
        client.sweep();
        client.fail(0, 5);
        assertThat(client.ejected()).hasSize(1);
        clock.pass(seconds(40));
        assertThat(client.ejection.update(HOSTS, SETTINGS).addresses()).isEmpty();
    }

    @Test
    void aReturningEndpointStartsWithoutItsPast() {
        client.fail(0, 5);
        client.fail(0, 4);
        clock.pass(seconds(40));
        assertThat(client.ejection.update(HOSTS, SETTINGS).addresses()).isEmpty();
        assertThat(client.loads.of(HOSTS.get(0)).latency()).isZero();
        assertThat(client.loads.of(HOSTS.get(0)).errorRate()).isZero();
        client.fail(0, 4);
        assertThat(client.sweep().addresses()).isEmpty();
        client.fail(0, 1);
        assertThat(client.ejected()).hasSize(1);
    }

    @Test
    void noMoreThanTheirShareIsEjectedAndAtLeastOneOfTwo() {
        for (int i = 0; i < 10; i++) {
            client.fail(i, 5);
            clock.pass(seconds(11)); // one after the other
            client.ejection.update(HOSTS, SETTINGS);
            assertThat(client.ejected()).hasSizeLessThanOrEqualTo(5);
        }
        Client ofTwo = new Client(1);
        HostSet two = HostSet.of(HOSTS.get(0), HOSTS.get(1));
        ofTwo.ejection.update(two, settings(30, 50));
        ofTwo.fail(1, 5);
        assertThat(ofTwo.ejected()).containsExactly("10.0.0.1:80");
        Client ofOne = new Client(1);
        ofOne.ejection.update(HostSet.of(HOSTS.get(0)), settings(100, 0));
        ofOne.fail(0, 50);
        assertThat(ofOne.ejected()).isEmpty();
    }

    @Test
    void whenMoreFailAtOnceItIsNotTheyWhoFailAndNobodyIsEjected() {
        List<Client> clients = IntStream.range(0, 5).mapToObj(Client::new).toList();
        for (Client each : clients) {
            each.ejection.update(HOSTS, settings(30, 50));
            for (int i = 0; i < 400; i++) {
                each.fail(i % 10, 1);
            }
            assertThat(each.ejected()).isEmpty();
        }
        for (int sweep = 0; sweep < 5; sweep++) {
            clock.pass(seconds(10));
            for (Client each : clients) {
                IntStream.range(0, 10).forEach(i -> each.fail(i, 30));
                assertThat(each.ejection.update(HOSTS, settings(30, 50)).addresses())
                        .isEmpty();
            }
        }
        clock.pass(seconds(10));
        clients.forEach(each -> {
            IntStream.range(0, 9).forEach(i -> each.succeed(i, 30));
            assertThat(each.ejection.update(HOSTS, settings(30, 50)).addresses())
                    .isEmpty();
        });
    }

    @Test
    void whoOfSeveralIsEjectedWhereThereIsOnePlaceIsChance() {
        Set<String> chosen = new TreeSet<>();
        for (int seed = 0; seed < 40; seed++) {
            Client each = new Client(seed);
            each.ejection.update(HOSTS, settings(40, 0));
            each.fail(0, 5);
            each.fail(1, 5);
            each.fail(2, 5);
            clock.pass(seconds(11)); // they were not condemned at once with the next ones
            assertThat(each.ejection.update(HOSTS, settings(40, 0)).addresses()).hasSize(3);
            for (int i = 0; i < 10; i++) {
                for (int endpoint = 4; endpoint < 7; endpoint++) {
                    each.fail(endpoint, 4);
                    each.succeed(endpoint, 1);
                }
            }
            clock.pass(seconds(10));
            chosen.addAll(each.ejection.update(HOSTS, settings(40, 0)).addresses());
            assertThat(each.ejected()).hasSize(4);
        }
        assertThat(chosen).hasSize(6);
    }

    /** Fault 56, where an endpoint is called every 20 s to 500 s. */
    @ParameterizedTest
    @CsvSource({
        "0.5, false",
        "0.2, false",
        "0.05, false",
        "0.02, false",
        "0.5, true",
        "0.2, true",
        "0.05, true",
        "0.02, true"
    })
    void atALowRateTooNobodyStaysEjectedWhenAllFail(double perSecond, boolean atRandom) {
        for (int seed = 0; seed < 20; seed++) {
            Client each = new Client(seed);
            each.ejection.update(HOSTS, settings(30, 50));
            Random random = new Random(seed);
            int ejected = 0;
            for (int i = 0; i < 400; i++) {
                pass(each, Duration.ofNanos((long) (1e9 / perSecond)));
                int endpoint = atRandom ? random.nextInt(10) : i;
                while (each.ejected().contains("10.0.0." + endpoint % 10 + ":80")) {
                    endpoint++;
                }
                each.fail(endpoint % 10, 1);
                ejected += i >= 100 ? each.ejected().size() : 0;
            }
            assertThat(ejected).as("seed %d", seed).isZero();
        }
    }

    /** With each update that is due. */
    private void pass(Client of, Duration time) {
        long end = clock.getAsLong() + time.toNanos();
        for (long left = time.toNanos(); left > 0; left = end - clock.getAsLong()) {
            clock.pass(Duration.ofNanos(
                    Math.min(left, of.ejection.untilNextUpdate().toNanos())));
            of.ejection.update(HOSTS, settings(30, 50));
        }
    }

    @Test
    void severalClientsDoNotTakeAnEndpointBackInStep() {
        OutlierEjectionSettings seldom = new OutlierEjectionSettings(
                5, true, 5, 50, 1.9, 0, seconds(1), 20, Duration.ofHours(1), seconds(30), seconds(90), 50, 50);
        TreeSet<Long> returns = new TreeSet<>();
        for (int seed = 0; seed < 20; seed++) {
            Client each = new Client(seed);
            each.ejection.update(HOSTS, seldom);
            each.fail(0, 5);
            returns.add(each.ejection.untilNextUpdate().toMillis());
        }
        assertThat(returns).hasSizeGreaterThan(15);
        assertThat(returns.last() - returns.first()).isGreaterThan(3_000);
    }

    @Test
    void belowThePanicThresholdEjectionsAreIgnored() {
        OutlierEjectionSettings settings = settings(100, 50);
        client.ejection.update(HOSTS, settings);
        IntStream.range(0, 5).forEach(i -> client.fail(i, 5));
        assertThat(client.ejection.current().panic()).isFalse();
        client.fail(5, 5);
        Ejections ejections = client.ejection.current();
        assertThat(ejections.panic()).isTrue();
        assertThat(ejections.addresses()).hasSize(6);
        assertThat(HOSTS.endpoints()).allMatch(endpoint -> ejections.of(endpoint) == 1);
    }

    @Test
    void drainedAndVanishedEndpointsDoNotCount() {
        IntStream.range(0, 5).forEach(i -> client.fail(i, 5));
        assertThat(client.ejected()).hasSize(5);
        HostSet rest = HostSet.of(HOSTS.endpoints().subList(4, 10)).filter(e -> true);
        assertThat(client.ejection.update(rest, SETTINGS).addresses()).containsExactly("10.0.0.4:80");
        HostSet drained = HostSet.of(rest.get(0).withWeight(0), rest.get(1));
        assertThat(client.ejection.update(drained, SETTINGS)).isEqualTo(Ejections.NONE);
        assertThat(client.ejection.update(HostSet.EMPTY, SETTINGS)).isEqualTo(Ejections.NONE);
    }

    @Test
    void fiveConnectionsThatFailInARowEjectThoughTheRestIsOff() {
        client.ejection.update(HOSTS, OFF);
        client.succeed(1, 1);
        clock.pass(seconds(1));
        client.refuse(0, 3);
        client.succeed(0, 1);
        client.refuse(0, 4);
        clock.pass(seconds(1));
        client.succeed(1, 1);
        assertThat(client.ejected()).isEmpty();
        client.refuse(0, 1);
        assertThat(client.ejection.current().unreached()).containsExactly("10.0.0.0:80");
        assertThat(client.ejection.current().of(HOSTS.get(0))).isZero();
        clock.pass(Duration.ofDays(1));
        assertThat(client.ejection.update(HOSTS, OFF).addresses()).hasSize(1);

        int before = client.changes;
        client.ejection.reached("10.0.0.0:80");
        client.ejection.reached("10.0.0.0:80");
        assertThat(client.changes).isEqualTo(before + 1);
        assertThat(client.ejection.current()).isEqualTo(Ejections.NONE);
        assertThat(client.loads.of(HOSTS.get(0)).errorRate()).isZero();
    }

    @Test
    void thoseThatBrokeOffJustBeforeCountOnceOneDoesNotComeAbout() {
        client.ejection.update(HOSTS, OFF);
        client.breakOff(0, 4);
        client.succeed(0, 1);
        clock.pass(seconds(1));
        client.breakOff(0, 3);
        clock.pass(seconds(1));
        client.succeed(1, 1);
        client.refuse(0, 1);
        assertThat(client.ejected()).isEmpty();
        client.refuse(0, 1);
        assertThat(client.ejection.current().unreached()).containsExactly("10.0.0.0:80");
    }

    @Test
    void whoOnlyBreaksOffStillAccepts() {
        client.ejection.update(HOSTS, OFF);
        client.breakOff(0, 100);
        clock.pass(seconds(1));
        client.succeed(1, 1);
        client.breakOff(0, 100);
        assertThat(client.ejected()).isEmpty();
    }

    @Test
    void whoAcceptsNothingMoreAndAnswersWhatItHasIsEjectedAndStaysSo() {
        client.ejection.update(HOSTS, OFF);
        List<Call> before = Stream.generate(() -> client.start(0)).limit(6).toList();
        for (Call each : before.subList(0, 5)) {
            clock.pass(seconds(1));
            client.succeed(1, 1);
            client.refuse(0, 1);
            each.succeeded();
        }
        assertThat(client.ejection.current().unreached()).containsExactly("10.0.0.0:80");
        before.get(5).succeeded();
        assertThat(client.ejected()).hasSize(1);
        client.succeed(0, 1);
        assertThat(client.ejected()).isEmpty();
    }

    @Test
    void withoutAnAnswerFromAnotherSinceThenItMayBeTheCallersOwnNetwork() {
        client.ejection.update(HOSTS, OFF);
        client.succeed(1, 1);
        clock.pass(seconds(1));
        for (int i = 0; i < 10; i++) {
            client.refuse(i, 20);
        }
        assertThat(client.ejected()).isEmpty();
        clock.pass(seconds(1));
        client.fail(1, 1);
        client.refuse(0, 5);
        assertThat(client.ejected()).containsExactly("10.0.0.0:80");
    }

    @Test
    void allButOneMayBeUnreachable() {
        client.ejection.update(HOSTS, OFF);
        for (int i = 0; i < 10; i++) {
            client.refuse(i, 1);
            clock.pass(seconds(1));
            client.succeed(9, i < 9 ? 1 : 0);
            client.refuse(i, 9);
        }
        assertThat(client.ejection.current().unreached()).hasSize(9).doesNotContain("10.0.0.9:80");
        client.succeed(4, 1);
        assertThat(client.ejection.current().unreached()).hasSize(8).doesNotContain("10.0.0.4:80");
    }

    private static OutlierEjectionSettings settings(int maxEjectedPercent, int panicThresholdPercent) {
        return new OutlierEjectionSettings(
                5,
                true,
                5,
                50,
                1.9,
                5,
                Duration.ofMillis(100),
                20,
                seconds(10),
                seconds(30),
                seconds(90),
                maxEjectedPercent,
                panicThresholdPercent);
    }

    private static void repeat(int times, Runnable action) {
        IntStream.range(0, times).forEach(i -> action.run());
    }

    private static Duration seconds(int seconds) {
        return Duration.ofSeconds(seconds);
    }
}
