package io.github.zklb.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Reason;
import io.github.zklb.calls.CountedCall;
import io.github.zklb.calls.LoadSettings;
import io.github.zklb.engine.explain.Change;
import io.github.zklb.engine.explain.Explanation;
import io.github.zklb.engine.explain.Explanations;
import io.github.zklb.engine.explain.Rehearsal;
import io.github.zklb.engine.explain.Rehearsal.EndpointShare;
import io.github.zklb.engine.explain.Rehearsals;
import io.github.zklb.membership.FedMembership;
import io.github.zklb.reports.Capacities;
import io.github.zklb.traffic.Clock;
import io.github.zklb.traffic.ZoneSettings;
import io.github.zklb.traffic.ZoneSettings.Mode;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is explained and rehearsed of a service that zones or reports steer, against what is then picked. */
class SteeredSharesTest {

    private static final int PICKS = 2_000;
    private static final double CLOSE = 0.01;
    private static final String[] ZONES = {"a", "a", "a", "b", "b", "c"};
    private static final HostSet ORDERS = HostSet.of(IntStream.range(0, ZONES.length)
            .mapToObj(i -> Endpoint.of("10.0.0." + i, 80).withMetadata(Map.of("zone", ZONES[i])))
            .toList());

    private final Clock clock = new Clock();
    private final FedMembership orders = new FedMembership("orders");
    private final Rehearsals rehearsals = new Rehearsals(Duration.ofSeconds(30));
    private volatile ZoneSettings zones = ZoneSettings.DEFAULTS;
    private volatile boolean reports;
    private final ServiceEngines engines =
            FedEngines.of(id -> orders.membership(), this::settings, (endpoint, delay, verdict) -> {}, clock);
    private final ServiceEngine engine = engines.engine("orders");

    private EngineSettings settings() {
        EngineSettings plain = DefaultSettings.of(EngineSettings.Source.ZOOKEEPER, "weighted");
        LoadSettings load = new LoadSettings(plain.load().decay(), plain.load().failurePenalty(), reports);
        return DefaultSettings.with(plain, Map.of("zone", zones, "load", load));
    }

    @AfterEach
    void close() {
        engines.close();
    }

    private void publish(HostSet hosts) {
        orders.publish(hosts);
        await().until(() -> engine.snapshot() != null
                && engine.snapshots().published().declared().equals(hosts));
    }

    private Map<String, Double> picked() {
        Snapshot snapshot = Objects.requireNonNull(engine.snapshot());
        Map<String, Double> shares = new HashMap<>();
        for (int i = 0; i < PICKS; i++) {
            Endpoint picked = Objects.requireNonNull(snapshot.pick(PickContext.NONE));
            shares.merge(picked.address(), 1.0 / PICKS, Double::sum);
        }
        return shares;
    }

    private static void assertSame(Map<String, Double> shares, Map<String, Double> picked) {
        Map<String, Double> given = new HashMap<>(shares);
        given.values().removeIf(share -> share == 0);
        assertThat(given.keySet()).isEqualTo(picked.keySet());
        given.forEach((address, share) ->
                assertThat(share).as(address).isCloseTo(picked.getOrDefault(address, 0.0), within(CLOSE)));
    }

    /** What is expected is what is picked, and what is rehearsed of the loss of an endpoint is what is picked after it. */
    private void assertExplainedAndRehearsed(String lost) {
        Map<String, Double> picked = picked();
        assertSame(
                Objects.requireNonNull(
                        Explanation.expectedShares(engine.snapshots().published())),
                picked);
        Explanation explained = Explanations.of(engine, PickContext.NONE, 10);
        assertThat(explained.exact()).isTrue();
        explained
                .shares()
                .forEach(each ->
                        assertThat(each.share()).isCloseTo(picked.getOrDefault(each.address(), 0.0), within(CLOSE)));
        Rehearsal rehearsal =
                rehearsals.rehearse(engine, new Change(Set.of(lost), List.of(), Map.of(), null, engine.settings()));
        assertSame(shares(rehearsal, true), picked);
        publish(ORDERS.filter(each -> !each.address().equals(lost)));
        assertSame(shares(rehearsal, false), picked());
    }

    private static Map<String, Double> shares(Rehearsal rehearsal, boolean before) {
        return rehearsal.endpoints().stream()
                .collect(Collectors.toMap(EndpointShare::address, each -> before ? each.before() : each.after()));
    }

    @Test
    void theSharesOfBalancedZonesAreThosePicked() {
        zones = new ZoneSettings(Mode.BALANCED, "a", "zone", Map.of("a", 2.0, "b", 1.0), 5);
        engines.refresh();
        publish(ORDERS);
        assertThat(picked()).hasSize(4).containsKeys("10.0.0.0:80", "10.0.0.5:80");
        assertExplainedAndRehearsed("10.0.0.0:80");
        assertThat(picked()).as("b is needed, too, when a has two").hasSize(5);
    }

    @Test
    void theSharesOfReportedLoadsAreThosePicked() {
        reports = true;
        engines.refresh();
        publish(ORDERS);
        for (int i = 0; i < ORDERS.size(); i++) {
            CountedCall call = Objects.requireNonNull(engine.start(ORDERS.get(i).address()));
            call.reported("TEXT cpu_utilization=0.5,rps_fractional=" + (50 << i % 3));
            call.end(200);
        }
        await().until(() -> engine.reporting() == ORDERS.size());
        clock.pass(Capacities.BLACKOUT);
        await().until(() -> engine.snapshots().published().candidates().isNoted(Reason.REPORTED));
        assertThat(picked().get("10.0.0.2:80")).isCloseTo(4 / 14.0, within(CLOSE));
        assertExplainedAndRehearsed("10.0.0.2:80");
    }
}
