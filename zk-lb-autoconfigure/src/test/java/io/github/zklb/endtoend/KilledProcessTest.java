package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.ProviderProcess;
import io.github.zklb.testing.SteadyLoad;
import io.github.zklb.traffic.OutlierEjectionSettings;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** One of four provider processes is killed under load; ZooKeeper has its registration for a minute more. */
class KilledProcessTest {

    private static final int PER_SECOND = 100;
    private static final int BEFORE = 200;
    private static final int AFTER = 800;

    /** So many refused connections eject by default. */
    private static final int TEACH = OutlierEjectionSettings.DEFAULTS.consecutiveConnectFailures();

    /** What is promised of the calls that fail. */
    private static final int MOST = 10;

    /** So often a process is killed. Where this is set, the machine is expected to be idle, and the promise is held to the letter. */
    private static final int KILLS = Integer.getInteger("zklb.kills", 0);

    @Test
    void costsAHandfulOfCallsWithDefaultSettingsAndWithoutRetries() {
        try (InProcessZooKeeper zookeeper = InProcessZooKeeper.start()) {
            List<ProviderProcess> providers = Stream.generate(() -> new ProviderProcess(zookeeper.connectString()))
                    .limit(4)
                    .toList();
            try {
                for (int kills = 0; kills < Math.max(1, KILLS); kills++) {
                    if (kills > 0) {
                        providers.get(0).start();
                    }
                    providers.forEach(ProviderProcess::awaitReady);
                    kill(providers.get(0), zookeeper.connectString());
                }
            } finally {
                providers.forEach(ProviderProcess::close);
            }
        }
    }

    private static void kill(ProviderProcess provider, String connectString) {
        try (Consumer plain = Consumer.start(connectString);
                Consumer stock = Consumer.start(connectString, "zk-lb.enabled=false")) {
            SteadyLoad ours = new SteadyLoad("zk-lb", plain, PER_SECOND);
            SteadyLoad stocks = new SteadyLoad("stock", stock, PER_SECOND);
            long killed;
            try (ours;
                    stocks) {
                await().until(() -> Math.min(ours.sent(), stocks.sent()) >= BEFORE);
                killed = System.nanoTime();
                provider.kill();
                await().until(() -> Math.min(ours.sent(), stocks.sent()) >= BEFORE + AFTER);
            }
            long later = ours.failedAfter(TEACH);
            System.out.printf(
                    "%nOne of four provider processes is killed%n%s%s  zk-lb: %d failed that began after the refusals"
                            + " that eject; since the kill%n%s%n",
                    ours, stocks, later, ours.failuresSince(killed));
            assertThat(stocks.failed()).as("%s", stocks).isGreaterThan(50);
            assertThat(ours.failed()).as("%s", ours).isPositive();
            assertThat(ours.refused()).as("%s", ours).isLessThanOrEqualTo(stocks.refused() / 4);
            assertThat(ours.failed()).as("%s", ours).isLessThanOrEqualTo(stocks.failed() / 4);
            // How many are under way when connections break, and when the fifth is refused, depends on the machine.
            assertThat(KILLS > 0 ? ours.failed() : TEACH + later).as("%s", ours).isLessThanOrEqualTo(MOST);
        }
    }
}
