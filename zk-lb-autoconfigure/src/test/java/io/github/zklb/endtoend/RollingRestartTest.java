package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Patience;
import io.github.zklb.testing.ProviderArchive;
import io.github.zklb.testing.ProviderProcess;
import io.github.zklb.testing.SteadyLoad;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Real provider processes that are restarted one after the other, under load. The ordinary build has a round of providers with the
 * starter and a consumer without retries. With {@code -Dzk-lb.test.providers=10 -Dzk-lb.test.rate=500} there are more of all, and
 * three consumers: with retries, without them, and with the stock balancer without them; with {@code -Dzk-lb.test.rounds=30} as many
 * rounds. It prints what became of the requests.
 */
class RollingRestartTest {

    private static final int PROVIDERS = Integer.getInteger("zk-lb.test.providers", 3);
    private static final int PER_SECOND = Integer.getInteger("zk-lb.test.rate", 50);
    private static final int ROUNDS = Integer.getInteger("zk-lb.test.rounds", 1);
    private static final int PER_SECOND_WITHOUT = Integer.getInteger("zk-lb.test.rate-without-retries", PER_SECOND);

    /** What docs/operations.md recommends to consumers. */
    private static final String[] RETRIES = {
        "spring.cloud.loadbalancer.retry.enabled=true",
        "spring.cloud.loadbalancer.retry.max-retries-on-next-service-instance=2",
        "spring.cloud.loadbalancer.retry.retry-on-all-operations=true",
        "spring.cloud.loadbalancer.retry.retryable-status-codes=503"
    };

    /** What is the default, and longer on a busy machine; tests have another one on the class path. */
    private static final String DRAIN_DELAY = "zk-lb.registration.drain-delay="
            + Math.min(10_000, Patience.promised(Duration.ofSeconds(2)).toMillis()) + "ms";

    private enum Ending {
        SIGTERM,
        SIGTERM_WITH_THE_STARTER,
        SIGKILL
    }

    /** A provider answers 503 before it is ready, so no request came to one by then, either. */
    @Test
    void noRequestFailsWithoutRetriesWhereProvidersHaveTheStarter() {
        try (InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
                Fleet fleet = Fleet.start(zookeeper, PROVIDERS, true, DRAIN_DELAY, "preparation=500ms");
                Consumer plain = Consumer.start(zookeeper.connectString())) {
            SteadyLoad load = new SteadyLoad("zk-lb without", plain, PER_SECOND);
            try (load) {
                fleet.restartOneByOne(Ending.SIGTERM_WITH_THE_STARTER);
            }
            System.out.printf("%nA rolling restart of %d provider processes with the starter%n%s%n", PROVIDERS, load);
            assertThat(load.failed()).as("%s", load).isZero();
        }
    }

    @ParameterizedTest
    @EnumSource
    @EnabledIfSystemProperty(named = "zk-lb.test.providers", matches = "\\d+")
    void noRequestFailsThatIsRetried(Ending ending) {
        roll(ending);
    }

    /** Neither the client nor the provider has code or settings for it but the starter. */
    @Test
    @EnabledIfSystemProperty(named = "zk-lb.test.rounds", matches = "\\d+")
    void noRequestFailsInManyRoundsWithoutRetries(@TempDir Path directory) throws Exception {
        try (InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
                Fleet fleet = Fleet.archived(directory, zookeeper, PROVIDERS);
                Consumer plain = Consumer.start(zookeeper.connectString());
                Consumer stock = Consumer.start(zookeeper.connectString(), "zk-lb.enabled=false")) {
            SteadyLoad ours = new SteadyLoad("zk-lb without", plain, PER_SECOND);
            SteadyLoad stocks = new SteadyLoad("stock without", stock, PER_SECOND_WITHOUT);
            try (ours;
                    stocks) {
                for (int round = 1; round <= ROUNDS; round++) {
                    for (ProviderProcess provider : fleet.providers()) {
                        restart(provider, Ending.SIGTERM_WITH_THE_STARTER);
                        System.out.printf(
                                "round %d: zk-lb %d of %d failed, stock %d of %d%n",
                                round, ours.failed(), ours.sent(), stocks.failed(), stocks.sent());
                    }
                }
            }
            System.out.printf("%n%d rolling restarts of %d provider processes by SIGTERM%n", ROUNDS, PROVIDERS);
            System.out.printf("%s%s%n", ours, stocks);
            assertThat(ours.failed()).as("%s", ours).isZero();
            assertThat(stocks.failed()).as("what shows that there was trouble").isPositive();
        }
    }

    private static void roll(Ending ending) {
        boolean starter = ending == Ending.SIGTERM_WITH_THE_STARTER;
        try (InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
                Fleet fleet = Fleet.start(zookeeper, PROVIDERS, starter, DRAIN_DELAY);
                Consumer retrying = Consumer.start(zookeeper.connectString(), RETRIES);
                Consumer plain = Consumer.start(zookeeper.connectString());
                Consumer stock = Consumer.start(zookeeper.connectString(), "zk-lb.enabled=false")) {
            SteadyLoad withRetries = new SteadyLoad("zk-lb with retries", retrying, PER_SECOND);
            SteadyLoad without = new SteadyLoad("zk-lb without", plain, PER_SECOND_WITHOUT);
            SteadyLoad withStock = new SteadyLoad("stock without", stock, PER_SECOND_WITHOUT);
            try (withRetries;
                    without;
                    withStock) {
                fleet.restartOneByOne(ending);
            }
            System.out.printf("%nA rolling restart of %d provider processes by %s%n", PROVIDERS, ending);
            System.out.printf("%s%s%s%n", withRetries, without, withStock);

            assertThat(withRetries.failed()).as("%s", withRetries).isZero();
            if (starter) {
                assertThat(without.failed()).as("%s", without).isZero();
            }
            assertThat(withStock.failed())
                    .as("what shows that there was trouble")
                    .isPositive();
        }
    }

    private static void restart(ProviderProcess provider, Ending ending) {
        if (ending == Ending.SIGKILL) {
            provider.kill();
        } else {
            provider.stop();
        }
        provider.start();
        provider.awaitReady();
    }

    private record Fleet(List<ProviderProcess> providers) implements AutoCloseable {

        static Fleet start(InProcessZooKeeper zookeeper, int size, boolean starter, String... properties) {
            return start(size, () -> new ProviderProcess(starter, zookeeper.connectString(), properties));
        }

        /** With the starter; before it is ready a provider takes a while. */
        static Fleet archived(Path directory, InProcessZooKeeper zookeeper, int size) throws IOException {
            ProviderArchive archive = new ProviderArchive(directory, true, zookeeper.connectString());
            return start(size, () -> archive.start(zookeeper.connectString(), "preparation=500ms"));
        }

        private static Fleet start(int size, Supplier<ProviderProcess> provider) {
            Fleet fleet = new Fleet(new ArrayList<>());
            for (int i = 0; i < size; i++) {
                fleet.providers.add(provider.get());
                if (i % 2 == 1) {
                    fleet.providers.get(i).awaitReady();
                }
            }
            fleet.providers.forEach(ProviderProcess::awaitReady);
            return fleet;
        }

        void restartOneByOne(Ending ending) {
            providers.forEach(provider -> restart(provider, ending));
        }

        @Override
        public void close() {
            providers.forEach(ProviderProcess::close);
        }
    }
}
