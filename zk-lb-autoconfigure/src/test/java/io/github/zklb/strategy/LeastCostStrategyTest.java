package io.github.zklb.strategy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Picker;
import io.github.zklb.Strategy;
import io.github.zklb.StrategyContext;
import io.github.zklb.calls.Call;
import io.github.zklb.calls.CallLoads;
import io.github.zklb.calls.LoadSettings;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LeastCostStrategyTest {

    private static final long MILLISECOND = 1_000_000;

    private long now;
    private final CallLoads loads = new CallLoads(() -> now, () -> LoadSettings.DEFAULTS);

    @Test
    void ofTwoEndpointsTheOneWithFewerRequestsForItsWeightIsPicked() {
        HostSet hosts = Fleets.ofWeights(1, 3);
        Picker picker = picker("least-request", hosts);
        start(hosts.get(0), 2);
        start(hosts.get(1), 5);
        assertThat(Fleets.count(picker, 100)).containsOnlyKeys(hosts.get(1));
        start(hosts.get(1), 2);
        assertThat(Fleets.count(picker, 100)).containsOnlyKeys(hosts.get(0));
    }

    @Test
    void anIdleFleetIsUsedInProportionToWeight() {
        HostSet hosts = Fleets.ofWeights(1, 3);
        assertThat(Fleets.count(picker("least-request", hosts), 40_000).get(hosts.get(1)))
                .isCloseTo(30_000L, within(400L));
    }

    @Test
    void moreChoicesFindTheIdleEndpointMoreOften() {
        HostSet hosts = Fleets.equal(100);
        hosts.endpoints().stream().skip(1).forEach(endpoint -> start(endpoint, 1));
        long two = count(hosts.get(0), 2, hosts);
        long fifty = count(hosts.get(0), 50, hosts);
        assertThat(two).isCloseTo(200L, within(60L)); // 1 / 100 as the first, and as much as the second.
        assertThat(fifty).isGreaterThan(3_000);
    }

    @Test
    void anEndpointWithoutHistoryIsTriedAndNotFlooded() {
        HostSet hosts = Fleets.equal(2);
        Picker picker = picker("peak-ewma", hosts);
        Call call = loads.of(hosts.get(0)).start();
        now += 50 * MILLISECOND;
        call.succeeded();
        assertThat(pick(picker)).isEqualTo(hosts.get(1));
        loads.of(hosts.get(1)).start();
        assertThat(Fleets.count(picker, 100)).containsOnlyKeys(hosts.get(0));
    }

    @Test
    void theFasterEndpointIsPickedUntilItIsBusy() {
        HostSet hosts = Fleets.equal(2);
        Picker picker = picker("peak-ewma", hosts);
        answerAfter(hosts.get(0), 10);
        answerAfter(hosts.get(1), 40);
        start(hosts.get(0), 1);
        assertThat(pick(picker)).isEqualTo(hosts.get(0));
        start(hosts.get(0), 4);
        assertThat(pick(picker)).isEqualTo(hosts.get(1));
    }

    @Test
    void bothDrawsAreInProportionToWeightHoweverUnequal() {
        HostSet hosts = Fleets.ofWeights(1_000_000, 1, 3);
        Picker picker = picker("least-request", hosts);
        start(hosts.get(0), 1_000);
        Map<Endpoint, Long> counts = Fleets.count(picker, 40_000);
        assertThat(counts.get(hosts.get(2))).isCloseTo(30_000L, within(400L));
        assertThat(counts.get(hosts.get(1))).isCloseTo(10_000L, within(400L));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 1, 101})
    void aChoiceCountOutOfRangeIsRefused(int choiceCount) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new StrategySettings(ConsistentHashSettings.DEFAULTS, choiceCount, 100))
                .withMessage("zk-lb.least-request.choice-count must be 2..100 but was " + choiceCount);
    }

    private long count(Endpoint endpoint, int choices, HostSet hosts) {
        StrategySettings settings = new StrategySettings(ConsistentHashSettings.DEFAULTS, choices, 100);
        Strategy strategy = new StrategyCatalogue(List.of()).create("least-request", settings, context());
        return Fleets.count(strategy.newPicker(hosts), 10_000).getOrDefault(endpoint, 0L);
    }

    private Picker picker(String name, HostSet hosts) {
        return new StrategyCatalogue(List.of())
                .create(name, StrategySettings.DEFAULTS, context())
                .newPicker(hosts);
    }

    private StrategyContext context() {
        return new StrategyContext("orders", new Random(1), () -> now, loads);
    }

    private static Endpoint pick(Picker picker) {
        return Objects.requireNonNull(picker.pick(PickContext.NONE));
    }

    private void start(Endpoint endpoint, int times) {
        IntStream.range(0, times).forEach(i -> loads.of(endpoint).start());
    }

    private void answerAfter(Endpoint endpoint, long milliseconds) {
        Call call = loads.of(endpoint).start();
        now += milliseconds * MILLISECOND;
        call.succeeded();
    }
}
