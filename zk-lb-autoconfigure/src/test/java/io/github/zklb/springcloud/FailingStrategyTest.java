package io.github.zklb.springcloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.type;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Strategy;
import io.github.zklb.StrategyContext;
import io.github.zklb.StrategyFactory;
import io.github.zklb.springcloud.ClientExchange.NoInstanceResponse;
import io.github.zklb.traffic.SlowStartSettings;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.DefaultRequest;
import org.springframework.cloud.client.loadbalancer.Response;

/** A user's strategy that fails harms nothing longer than it fails. */
class FailingStrategyTest {

    private static final HostSet ONE = HostSet.of(Endpoint.of("10.0.0.1", 80));
    private static final HostSet OTHER = HostSet.of(Endpoint.of("10.0.0.2", 80));

    private final Moody moody = new Moody();

    @Test
    void theLastEndpointsAreServedUntilItWorksAgain() {
        try (FedEngine fed = fed(Duration.ofSeconds(30), SlowStartSettings.DEFAULTS)) {
            fed.publish(ONE);
            moody.fails = true;
            fed.publish(OTHER);
            assertThat(host(fed)).isEqualTo("10.0.0.1");
            moody.fails = false;
            await().until(() -> host(fed).equals("10.0.0.2"));
        }
    }

    @Test
    void theStepsOfASlowStartGoOn() {
        try (FedEngine fed = fed(Duration.ofSeconds(30), new SlowStartSettings(Duration.ofSeconds(10), 1, 1))) {
            fed.publish(ONE);
            fed.publish(HostSet.of(ONE.get(0), OTHER.get(0)));
            moody.fails = true;
            await().until(() -> moody.failures.get() > 0);
            double before = acceptanceOfOther(fed);
            moody.fails = false;
            await().until(() -> acceptanceOfOther(fed) > before);
        }
    }

    @Test
    void whoWaitsForTheFirstEndpointsGetsThemWhenItWorks() {
        moody.fails = true;
        try (FedEngine fed = fed(Duration.ofSeconds(30), SlowStartSettings.DEFAULTS)) {
            fed.publish(ONE);
            var waiting = fed.balancer.choose(new DefaultRequest<>()).toFuture();
            assertThat(waiting).isNotDone();
            moody.fails = false;
            await().until(waiting::isDone);
            assertThat(host(waiting.join())).isEqualTo("10.0.0.1");
        }
    }

    @Test
    void whoWaitsInVainIsToldWhoseFaultItIs() {
        moody.fails = true;
        try (FedEngine fed = fed(Duration.ofMillis(1), SlowStartSettings.DEFAULTS)) {
            fed.publish(ONE);
            assertThat(fed.balancer.choose(new DefaultRequest<>()).block())
                    .asInstanceOf(type(NoInstanceResponse.class))
                    .extracting(NoInstanceResponse::reason)
                    .isEqualTo("service orders has no instance yet: the strategy 'moody' has made no picker of the 1 "
                            + "registered; if it failed, the log says how [zk-lb messages#no-picker-yet]");
        }
    }

    private FedEngine fed(Duration firstLoadTimeout, SlowStartSettings slowStart) {
        return new FedEngine(FedEngine.settings("moody", firstLoadTimeout, slowStart), moody);
    }

    private static String host(FedEngine fed) {
        return host(FedEngine.pick(fed.engine, PickContext.NONE, null));
    }

    private static String host(@Nullable Response<ServiceInstance> response) {
        return Objects.requireNonNull(Objects.requireNonNull(response).getServer())
                .getHost();
    }

    private static double acceptanceOfOther(FedEngine fed) {
        return Objects.requireNonNull(fed.engine.snapshot())
                .candidates()
                .acceptance()
                .of(OTHER.get(0));
    }

    /** Gives the first endpoint, or fails. */
    private static final class Moody implements StrategyFactory {

        volatile boolean fails;
        final AtomicInteger failures = new AtomicInteger();

        @Override
        public String name() {
            return "moody";
        }

        @Override
        public Strategy create(StrategyContext context) {
            return hosts -> {
                if (fails) {
                    failures.incrementAndGet();
                    throw new IllegalStateException("in a bad mood");
                }
                return request -> hosts.get(0);
            };
        }
    }
}
