package io.github.zklb.traffic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.InvalidSettingException;
import io.github.zklb.calls.Call;
import io.github.zklb.calls.CallLoads;
import io.github.zklb.calls.LoadSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.IntToLongFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who answers slowly is left alone for a while. Ten endpoints have two calls a second each, which take 10 ms or what a test says. */
class SlowEjectionTest {

    private static final int EACH = 20;
    private static final HostSet HOSTS = hosts(10);
    private static final OutlierEjectionSettings ON = settings(true, 5, 30);

    private final Clock clock = new Clock();
    private final CallLoads loads = new CallLoads(clock, () -> LoadSettings.DEFAULTS);
    private final OutlierEjection ejection = new OutlierEjection(loads, clock, new Random(1), () -> {});

    @Test
    void whoIsManyTimesSlowerThanTheOneInTheMiddleIsEjectedForATime() {
        assertThat(after(3, endpoint -> endpoint == 4 ? 400 : 10)).containsExactly("10.0.0.4:80");
        assertThat(ejection.current().slow()).containsExactly("10.0.0.4:80");
        assertThat(ejection.current().of(HOSTS.get(4))).isZero();
        assertThat(after(4, endpoint -> 10)).isEmpty();
        assertThat(ejection.current()).isEqualTo(Ejections.NONE);
    }

    @Test
    void whoWasSlowFromTheFirstCallOnIsFoundTooAndAgain() {
        assertThat(after(2, endpoint -> endpoint == 0 ? 1_000 : 10)).containsExactly("10.0.0.0:80");
        boolean returned = false;
        for (int sweep = 0; sweep < 12 && !returned; sweep++) {
            returned = after(1, endpoint -> endpoint == 0 ? 1_000 : 10).isEmpty();
        }
        assertThat(returned).isTrue();
        assertThat(after(2, endpoint -> endpoint == 0 ? 1_000 : 10)).containsExactly("10.0.0.0:80");
    }

    @Test
    void lessThanTheFactorOrTheFloorIsNoReason() {
        assertThat(after(3, endpoint -> endpoint == 4 ? 90 : 10)).as("90 ms").isEmpty();
        assertThat(after(3, endpoint -> endpoint == 4 ? 400 : 100))
                .as("4 times")
                .isEmpty();
        assertThat(after(3, endpoint -> endpoint == 4 ? 700 : 100)).hasSize(1);
    }

    /** However slow they are: one in twenty is an outlier of answers, not of endpoints. */
    @Test
    void fewSlowAnswersAreNoReason() {
        Random random = new Random(7);
        assertThat(after(30, endpoint -> random.nextInt(20) == 0 ? 8_000 : 10)).isEmpty();
        assertThat(after(3, endpoint -> endpoint == 4 && random.nextInt(3) == 0 ? 8_000 : 10))
                .isEmpty();
    }

    @Test
    void fewCallsAreNoReason() {
        OutlierEjectionSettings many = settings(true, 5, 30, EACH + 1);
        for (int sweep = 0; sweep < 3; sweep++) {
            calls(endpoint -> endpoint == 4 ? 400 : 10);
            assertThat(ejection.update(HOSTS, many).addresses()).isEmpty();
        }
    }

    @Test
    void whenAllBecomeSlowItIsNotTheyWhoAreAndNobodyIsEjected() {
        assertThat(after(3, endpoint -> 10)).isEmpty();
        for (int sweep = 0; sweep < 10; sweep++) {
            assertThat(after(1, endpoint -> 2_000)).isEmpty();
        }
        assertThat(after(3, endpoint -> 10)).isEmpty();
    }

    @Test
    void whenMoreThanTheirShareAreSlowNobodyIsEjected() {
        assertThat(after(3, endpoint -> 10)).isEmpty();
        assertThat(after(1, endpoint -> endpoint < 4 ? 400 : 10)).isEmpty();
        assertThat(after(1, endpoint -> endpoint < 3 ? 400 : 10)).hasSizeLessThanOrEqualTo(3);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatIsSwitchedOffEjectsNobody(boolean enabled) {
        OutlierEjectionSettings off = settings(enabled, enabled ? 0 : 5, 30);
        for (int sweep = 0; sweep < 3; sweep++) {
            calls(endpoint -> endpoint == 4 ? 400 : 10);
            assertThat(ejection.update(HOSTS, off).addresses()).isEmpty();
        }
        assertThat(after(2, endpoint -> endpoint == 4 ? 400 : 10))
                .as("switched on")
                .hasSize(1);
        assertThat(ejection.update(HOSTS, settings(false, 5, 30)).addresses())
                .as("and off")
                .isEmpty();
    }

    @Test
    void ofTwoNobodyKnowsWhichIsTheSlowOne() {
        HostSet two = hosts(2);
        for (int sweep = 0; sweep < 3; sweep++) {
            calls(endpoint -> endpoint == 1 ? 400 : 10);
            assertThat(ejection.update(two, ON).addresses()).isEmpty();
        }
    }

    @Test
    void timeOutsThatCameLaterThanThatAreSlowAnswers() {
        OutlierEjectionSettings slowAlone = new OutlierEjectionSettings(
                5,
                true,
                0,
                0,
                0,
                5,
                Duration.ofMillis(100),
                EACH,
                Duration.ofSeconds(10),
                Duration.ofSeconds(30),
                Duration.ofMinutes(5),
                30,
                50);
        assertThat(after(3, endpoint -> 10)).isEmpty();
        ejection.update(HOSTS, slowAlone);
        for (int i = 0; i < EACH; i++) {
            Call hanging = loads.of(HOSTS.get(4)).start();
            clock.pass(Duration.ofMillis(500));
            if (i % 2 == 0) {
                hanging.timedOut();
            } else {
                hanging.cancelled();
            }
        }
        assertThat(ejection.update(HOSTS, slowAlone).slow()).containsExactly("10.0.0.4:80");
    }

    @ParameterizedTest
    @ValueSource(doubles = {-1, 0.5, 1.4, 1_001, Double.NaN})
    void aFactorThatMakesNoSenseIsRefused(double factor) {
        assertThatThrownBy(() -> settings(true, factor, 30))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessage("zk-lb.outlier-ejection.slow-factor must be 0 or 1.5..1000 but was " + factor);
    }

    /** Who is ejected after so many intervals in which calls take so many milliseconds at each endpoint. */
    private Set<String> after(int intervals, IntToLongFunction millis) {
        for (int i = 0; i < intervals; i++) {
            calls(millis);
            ejection.update(HOSTS, ON);
        }
        return new TreeSet<>(ejection.current().addresses());
    }

    /** What ten seconds bring, or more if a call takes so long. */
    private void calls(IntToLongFunction millis) {
        for (int i = 0; i < EACH; i++) {
            NavigableMap<Long, List<Call>> ends = new TreeMap<>();
            for (int endpoint = 0; endpoint < HOSTS.size(); endpoint++) {
                if (ejection.current().of(HOSTS.get(endpoint)) > 0) {
                    ends.computeIfAbsent(millis.applyAsLong(endpoint), same -> new ArrayList<>())
                            .add(loads.of(HOSTS.get(endpoint)).start());
                }
            }
            long passed = 0;
            for (Map.Entry<Long, List<Call>> end : ends.entrySet()) {
                clock.pass(Duration.ofMillis(end.getKey() - passed));
                passed = end.getKey();
                end.getValue().forEach(Call::succeeded);
            }
            clock.pass(Duration.ofMillis(Math.max(0, 10_000 / EACH - passed)));
        }
    }

    private static HostSet hosts(int number) {
        return HostSet.of(IntStream.range(0, number)
                .mapToObj(i -> Endpoint.of("10.0.0." + i, 80))
                .toList());
    }

    private static OutlierEjectionSettings settings(boolean enabled, double slowFactor, int maxEjectedPercent) {
        return settings(enabled, slowFactor, maxEjectedPercent, EACH);
    }

    private static OutlierEjectionSettings settings(
            boolean enabled, double slowFactor, int maxEjectedPercent, int minimumRequests) {
        return new OutlierEjectionSettings(
                5,
                enabled,
                5,
                50,
                1.9,
                slowFactor,
                Duration.ofMillis(100),
                minimumRequests,
                Duration.ofSeconds(10),
                Duration.ofSeconds(30),
                Duration.ofMinutes(5),
                maxEjectedPercent,
                50);
    }
}
