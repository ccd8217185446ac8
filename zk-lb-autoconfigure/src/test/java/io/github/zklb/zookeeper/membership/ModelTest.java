package io.github.zklb.zookeeper.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.testing.TcpProxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
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

    /** Rounds wait most of their time, and so run side by side, on as many servers. */
    private static final int SERVERS = 5;

    @Test
    void whatIsPublishedIsWhatIsThere() throws Exception {
        int rounds = (RUNS + SERVICES - 1) / SERVICES;
        long[] seeds = LongStream.concat(LongStream.of(SEED), new Random(SEED).longs())
                .limit(rounds)
                .toArray();
        List<String> divergences = new ArrayList<>();
        long start = System.nanoTime();
        ExecutorService servers = Executors.newFixedThreadPool(SERVERS);
        try {
            List<Callable<List<String>>> parts = IntStream.range(0, SERVERS)
                    .<Callable<List<String>>>mapToObj(first -> () -> divergences(seeds, first))
                    .toList();
            for (Future<List<String>> part : servers.invokeAll(parts)) {
                divergences.addAll(part.get());
            }
        } finally {
            servers.shutdownNow();
        }
        System.out.printf(
                "model: %d runs in %d rounds from seed %d, %d divergences, %d lists with held endpoints, %d probes, %d s%n",
                rounds * SERVICES,
                rounds,
                SEED,
                divergences.size(),
                ModelHolds.HELD.get(),
                ModelHolds.PROBES.get(),
                (System.nanoTime() - start) / 1_000_000_000);
        assertThat(divergences).isEmpty();
        assertThat(ModelHolds.HELD).as("lists with held endpoints").hasPositiveValue();
        assertThat(ModelHolds.PROBES).as("probes").hasPositiveValue();
    }

    /** Those of every so manyth round, on one server. */
    private static List<String> divergences(long[] seeds, int first) throws Exception {
        List<String> divergences = new ArrayList<>();
        try (ZooKeeperBench bench = new ZooKeeperBench()) {
            TcpProxy proxy = bench.proxy();
            CuratorFramework client = bench.client(proxy.connectString());
            for (int round = first; round < seeds.length; round += SERVERS) {
                boolean hides = round % 4 == 3;
                boolean holds = round % 3 < 2;
                ModelRound.Settings settings = new ModelRound.Settings(
                        SERVICES, SERVICES * 10, hides, round % 10 == 4, holds, Duration.ofMinutes(1));
                // A right that comes and goes unnoticed is found by the resync; everything else must not need it.
                // With it each second, edits fall into the verification of what is known.
                Duration resync = hides || round % 5 == 0 ? Duration.ofSeconds(1) : Duration.ofHours(1);
                new ModelRound(bench, proxy, client, settings, seeds[round])
                        .run(holds ? ModelHolds.zkLb(resync, seeds[round]) : ModelSource.zkLb(resync))
                        .ifPresent(divergences::add);
            }
        }
        return divergences;
    }
}
