package io.github.zklb.traffic;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import java.time.Duration;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class OutlierEjectionTest {

    private static final OutlierEjectionSettings SETTINGS = settings(50, 50);
    private static final HostSet HOSTS = HostSet.of(
            IntStream.range(0, 10).mapToObj(i -> Endpoint.of("10.0.0." + i, 80)).toList());

    private final Clock clock = new Clock();
    private final CallLoads loads = new CallLoads(clock, () -> LoadSettings.DEFAULTS);
    private final OutlierEjection ejection = new OutlierEjection(clock);

    @Test
    void nothingIsEjectedWhenItIsOff() {
        fail(0, 100);
        assertThat(ejection.sweep(HOSTS, loads, OutlierEjectionSettings.DEFAULTS))
                .isEqualTo(Ejections.NONE);
        assertThat(sweep().addresses()).isEmpty();
    }

    @Test
    void errorsInARowEject() {
        fail(3, 4);
        assertThat(sweep().addresses()).isEmpty();
        fail(3, 1);
        Ejections ejections = sweep();
        assertThat(ejections.addresses()).containsExactly("10.0.0.3:80");
        assertThat(ejections.of(HOSTS.get(3))).isZero();
        assertThat(ejections.of(HOSTS.get(4))).isEqualTo(1);
    }

    @Test
    void theErrorRateEjectsFromTheMinimumOfRequestsOn() {
        for (int i = 0; i < 9; i++) {
            fail(2, 1);
            succeed(2, 1);
        }
        assertThat(sweep().addresses()).isEmpty();
        for (int i = 0; i < 10; i++) {
            fail(2, 1);
            succeed(2, 1);
        }
        assertThat(sweep().addresses()).containsExactly("10.0.0.2:80");
    }

    @Test
    void aLowErrorRateIsNoCause() {
        for (int i = 0; i < 30; i++) {
            fail(2, 1);
            succeed(2, 2);
        }
        assertThat(sweep().addresses()).isEmpty();
    }

    @Test
    void whatIsSwitchedOffIsNoCause() {
        OutlierEjectionSettings neither =
                new OutlierEjectionSettings(true, 0, 0, 1, seconds(10), seconds(30), seconds(300), 50, 50);
        fail(0, 1_000);
        assertThat(ejection.sweep(HOSTS, loads, neither).addresses()).isEmpty();
    }

    @Test
    void anEjectionLastsLongerEachTimeUpToTheLongest() {
        for (int lasts : new int[] {30, 60, 90, 90}) {
            fail(0, 5);
            assertThat(sweep().addresses()).hasSize(1);
            clock.pass(seconds(lasts - 1));
            assertThat(sweep().addresses()).hasSize(1);
            clock.pass(seconds(1));
            assertThat(sweep().addresses()).isEmpty();
        }
    }

    @Test
    void aSweepThatFindsItWellForgivesOneEjection() {
        fail(0, 5);
        sweep();
        clock.pass(seconds(30));
        sweep();
        succeed(0, 1);
        sweep();
        fail(0, 5);
        assertThat(sweep().addresses()).hasSize(1);
        clock.pass(seconds(30));
        assertThat(sweep().addresses()).isEmpty();
    }

    @Test
    void whatStillEndsDuringAnEjectionDoesNotCountAfterIt() {
        fail(0, 5);
        sweep();
        fail(0, 5);
        clock.pass(seconds(30));
        assertThat(sweep().addresses()).isEmpty();
        assertThat(sweep().addresses()).isEmpty();
    }

    @Test
    void theWorstAreEjectedAndNeverTooMany() {
        for (int i = 0; i < 10; i++) {
            succeed(i, i);
            fail(i, 20);
        }
        assertThat(sweep().addresses())
                .containsExactlyInAnyOrder("10.0.0.0:80", "10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80", "10.0.0.4:80");
    }

    @Test
    void belowThePanicThresholdEjectionsAreIgnored() {
        OutlierEjectionSettings settings = settings(100, 50);
        IntStream.range(0, 5).forEach(i -> fail(i, 5));
        assertThat(ejection.sweep(HOSTS, loads, settings).panic()).isFalse();
        fail(5, 5);
        Ejections ejections = ejection.sweep(HOSTS, loads, settings);
        assertThat(ejections.panic()).isTrue();
        assertThat(ejections.addresses()).hasSize(6);
        assertThat(HOSTS.endpoints()).allMatch(endpoint -> ejections.of(endpoint) == 1);
    }

    @Test
    void drainedAndVanishedEndpointsDoNotCount() {
        IntStream.range(0, 5).forEach(i -> fail(i, 5));
        assertThat(sweep().addresses()).hasSize(5);
        HostSet rest = HostSet.of(HOSTS.endpoints().subList(4, 10)).filter(e -> true);
        assertThat(ejection.sweep(rest, loads, SETTINGS).addresses()).containsExactly("10.0.0.4:80");
        HostSet drained = HostSet.of(rest.get(0).withWeight(0), rest.get(1));
        assertThat(ejection.sweep(drained, loads, SETTINGS)).isEqualTo(Ejections.NONE);
        assertThat(ejection.sweep(HostSet.EMPTY, loads, SETTINGS)).isEqualTo(Ejections.NONE);
    }

    private static OutlierEjectionSettings settings(int maxEjectedPercent, int panicThresholdPercent) {
        return new OutlierEjectionSettings(
                true, 5, 50, 20, seconds(10), seconds(30), seconds(90), maxEjectedPercent, panicThresholdPercent);
    }

    private Ejections sweep() {
        return ejection.sweep(HOSTS, loads, SETTINGS);
    }

    private void fail(int endpoint, int times) {
        IntStream.range(0, times)
                .forEach(i -> loads.of(HOSTS.get(endpoint)).start().failed());
    }

    private void succeed(int endpoint, int times) {
        IntStream.range(0, times)
                .forEach(i -> loads.of(HOSTS.get(endpoint)).start().succeeded());
    }

    private static Duration seconds(int seconds) {
        return Duration.ofSeconds(seconds);
    }
}
