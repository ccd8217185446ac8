package io.github.zklb.zookeeper.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.testing.TcpProxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.apache.curator.framework.CuratorFramework;
import org.junit.jupiter.api.Test;

/**
 * Random runs against a real server. {@code -Dzklb.model.runs=10000} runs more of them than the ordinary build does,
 * {@code -Dzklb.model.seed=N} begins with another seed, and with one that is known to fail.
 */
class ModelTest {

    private static final int RUNS = Integer.getInteger("zklb.model.runs", 200);
    private static final long SEED = Long.getLong("zklb.model.seed", System.nanoTime());
    private static final int SERVICES = 20;

    @Test
    void whatIsPublishedIsWhatIsThere() throws Exception {
        List<String> divergences = new ArrayList<>();
        Random random = new Random(SEED);
        long seed = SEED;
        int rounds = (RUNS + SERVICES - 1) / SERVICES;
        long start = System.nanoTime();
        try (ZooKeeperBench bench = new ZooKeeperBench()) {
            TcpProxy proxy = bench.proxy();
            CuratorFramework client = bench.client(proxy.connectString());
            for (int round = 0; round < rounds; round++) {
                boolean hides = round % 4 == 3;
                ModelRound.Settings settings = new ModelRound.Settings(
                        SERVICES, SERVICES * 10, hides, round % 10 == 4, Duration.ofSeconds(30));
                // A right that comes and goes unnoticed is found by the resync; everything else must not need it.
                Duration resync = hides ? Duration.ofSeconds(1) : Duration.ofHours(1);
                new ModelRound(bench, proxy, client, settings, seed)
                        .run(ModelSource.zkLb(resync))
                        .ifPresent(divergences::add);
                seed = random.nextLong();
            }
        }
        System.out.printf(
                "model: %d runs in %d rounds from seed %d, %d divergences, %d s%n",
                rounds * SERVICES, rounds, SEED, divergences.size(), (System.nanoTime() - start) / 1_000_000_000);
        assertThat(divergences).isEmpty();
    }
}
