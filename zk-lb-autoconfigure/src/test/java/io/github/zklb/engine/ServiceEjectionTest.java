package io.github.zklb.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.calls.Call;
import io.github.zklb.membership.FedMembership;
import io.github.zklb.strategy.ConsistentHashSettings;
import io.github.zklb.strategy.ConsistentHashSettings.Algorithm;
import io.github.zklb.strategy.ConsistentHashSettings.Identity;
import io.github.zklb.strategy.StrategySettings;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What picks of a snapshot do once an endpoint is ejected, before there is another snapshot. */
class ServiceEjectionTest {

    private static final HostSet ORDERS = HostSet.of(
            IntStream.range(0, 3).mapToObj(i -> Endpoint.of("10.0.0." + i, 80)).toList());
    private static final PickContext KEY = PickContext.ofKey("a key");

    private final FedMembership orders = new FedMembership("orders");
    private final ServiceEngines engines = FedEngines.of(id -> orders.membership(), ServiceEjectionTest::settings);
    private final ServiceEngine engine = engines.engine("orders");

    private static EngineSettings settings() {
        ConsistentHashSettings bounded =
                new ConsistentHashSettings(Algorithm.RING, 160, null, 1.25, Identity.ADDRESS, "weighted");
        return DefaultSettings.with(
                DefaultSettings.of(EngineSettings.Source.ZOOKEEPER, "consistent-hash"),
                Map.of("strategySettings", new StrategySettings(bounded)));
    }

    @AfterEach
    void close() {
        engines.close();
    }

    @Test
    void aBoundedPickReservesOnlyWhereTheRequestGoes() {
        orders.publish(ORDERS);
        await().until(() -> engine.snapshot() != null);
        Snapshot snapshot = Objects.requireNonNull(engine.snapshot());
        Endpoint owner = Objects.requireNonNull(snapshot.pick(KEY));
        start(owner).succeeded(); // takes the reservation over
        Endpoint other = ORDERS.endpoints().stream()
                .filter(each -> !each.equals(owner))
                .findFirst()
                .orElseThrow();
        for (int failures = 0; failures < 5; failures++) {
            start(owner).unreached();
            start(other).succeeded();
        }
        Endpoint picked = Objects.requireNonNull(snapshot.pick(KEY));
        assertThat(picked).isNotEqualTo(owner);
        assertThat(engine.loads().of(owner).inFlight()).isZero();
        assertThat(engine.loads().of(picked).inFlight()).isEqualTo(1);
    }

    private Call start(Endpoint endpoint) {
        return Objects.requireNonNull(engine.start(endpoint.address())).call();
    }
}
