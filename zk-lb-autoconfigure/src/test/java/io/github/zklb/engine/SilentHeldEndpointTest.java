package io.github.zklb.engine;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Reason;
import io.github.zklb.calls.CountedCall;
import io.github.zklb.engine.probes.Probes.Verdict;
import io.github.zklb.membership.FedMembership;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** An endpoint without a registration that proved to be alive, and answers its calls no longer. The clock is the test's. */
class SilentHeldEndpointTest {

    private static final Endpoint STAYS = Endpoint.of("stays", 80);
    private static final Endpoint HELD = Endpoint.of("held", 80);

    private final FedMembership registry = new FedMembership("orders");
    private final List<Consumer<Verdict>> probes = new CopyOnWriteArrayList<>();
    private final AtomicLong nanos = new AtomicLong();
    private final ServiceEngines engines = FedEngines.of(
            id -> registry.membership(),
            () -> DefaultSettings.of(EngineSettings.Source.ZOOKEEPER, "round-robin"),
            (endpoint, delay, verdict) -> probes.add(verdict),
            nanos::get);
    private final ServiceEngine orders = engines.engine("orders");

    @AfterEach
    void close() {
        engines.close();
    }

    @Test
    void isProbedAtOnceAndTriedLastWhenTheProbeHasNoAnswerEither() {
        hold();
        CountedCall call = requireNonNull(orders.start(HELD.address()));
        nanos.addAndGet(Duration.ofSeconds(1).toNanos());
        await().until(() -> probes.size() == 2);
        assertThat(count(Reason.HELD_DEMOTED)).isZero();

        nanos.addAndGet(Duration.ofSeconds(2).toNanos());
        probes.get(1).accept(Verdict.TIMED_OUT);
        await().until(() -> count(Reason.HELD_DEMOTED) == 1);
        for (int i = 0; i < 10; i++) {
            assertThat(requireNonNull(orders.snapshot()).pick(PickContext.NONE)).isNotEqualTo(HELD);
        }

        call.end(200);
        await().until(() -> count(Reason.HELD_DEMOTED) == 0);
    }

    @Test
    void isServedOnAsLongAsOthersOfItsCallsAreAnswered() {
        hold();
        requireNonNull(orders.start(HELD.address()));
        requireNonNull(orders.start(HELD.address())).end(200);
        requireNonNull(orders.start(HELD.address()));
        nanos.addAndGet(Duration.ofMillis(999).toNanos());
        requireNonNull(orders.start(HELD.address())).end(200);
        nanos.addAndGet(Duration.ofSeconds(3).toNanos());
        requireNonNull(orders.start(HELD.address()));
        await().during(Duration.ofMillis(1_200)).until(() -> probes.size() == 1);
    }

    private void hold() {
        registry.publish(HostSet.of(List.of(STAYS, HELD, Endpoint.of("other", 80))));
        await().until(() -> orders.snapshot() != null);
        registry.publish(HostSet.of(List.of(STAYS)));
        await().until(() -> probes.size() == 2);
        probes.get(0).accept(Verdict.CONNECTED);
        probes.get(1).accept(Verdict.CONNECTED);
        probes.clear();
        requireNonNull(orders.start(HELD.address())).end(200);
        await().until(() -> count(Reason.HELD) == 2);
        probes.add(verdict -> {});
    }

    private int count(Reason reason) {
        return orders.snapshots().count(reason);
    }
}
