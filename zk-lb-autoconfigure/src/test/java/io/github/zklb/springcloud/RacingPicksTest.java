package io.github.zklb.springcloud;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.engine.EngineSettings;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.traffic.SlowStartSettings;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.Response;

/**
 * Requests of some threads while the endpoints are exchanged, all of them at a time, and the settings change. Every
 * generation of the endpoints has a port of its own, so that each answer tells of which one it is.
 */
class RacingPicksTest {

    private static final int THREADS = 3;
    private static final int ENDPOINTS = 10;
    private static final int PICKS = 100_000;
    private static final int GENERATIONS = 10;
    private static final int LAST_GENERATION = 60_000;
    private static final PickContext[] CONTEXTS = IntStream.range(0, 1_024)
            .mapToObj(i -> PickContext.ofKey("key-" + i))
            .toArray(PickContext[]::new);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "weighted",
                "round-robin",
                "random",
                "weighted-random",
                "consistent-hash",
                "least-request",
                "peak-ewma"
            })
    void eachPickIsOfOneWholeGenerationAndAllocatesNothingBeItCountedOrNot(String strategy) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try (FedEngine fed = new FedEngine(settings(strategy, 1))) {
            fed.publish(generation(1));
            List<Future<Picks>> picks = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                picks.add(threads.submit(() -> new Picks(fed.engine).run()));
            }
            int generation = 1;
            while (!picks.stream().allMatch(Future::isDone) && generation < LAST_GENERATION) {
                generation++;
                fed.publish(generation(generation));
                fed.retune(settings(strategy, generation));
            }
            for (Future<Picks> each : picks) {
                Picks made = each.get();
                assertThat(made.failures)
                        .as("of no generation, or of an older one")
                        .isZero();
                assertThat(made.allocated).as("bytes").isZero();
                assertThat(made.allocatedCounted).as("bytes if counted").isZero();
            }
        } finally {
            threads.shutdownNow();
        }
    }

    private static HostSet generation(int number) {
        return HostSet.of(IntStream.rangeClosed(1, ENDPOINTS)
                .mapToObj(i -> Endpoint.of("10.0.0." + i, number).withWeight(1 + i % 3))
                .toList());
    }

    /** Settings that are new each time, although nothing is balanced otherwise. */
    private static EngineSettings settings(String strategy, int number) {
        return FedEngine.settings(strategy, Duration.ofSeconds(number), SlowStartSettings.DEFAULTS);
    }

    /** The picks of one thread; they go on until they are many, and there have been many generations. */
    private static final class Picks {

        private final ServiceEngine engine;
        private long failures;
        private long allocated;
        private long allocatedCounted;

        Picks(ServiceEngine engine) {
            this.engine = engine;
        }

        /** The bytes are the least of a few rounds, as a compiler that withdraws its code may allocate what it had left out. */
        Picks run() {
            pick();
            allocated = allocated();
            engine.picks().begin();
            allocatedCounted = allocated();
            return this;
        }

        private long allocated() {
            return LongStream.generate(this::allocatedByPicks).limit(2).min().orElseThrow();
        }

        private long allocatedByPicks() {
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long before = threads.getCurrentThreadAllocatedBytes();
            pick();
            return threads.getCurrentThreadAllocatedBytes() - before;
        }

        private void pick() {
            int first = generation();
            int last = first;
            for (int i = 0; i < PICKS || last < first + GENERATIONS; i++) {
                int before = generation();
                int picked = generation(FedEngine.pick(engine, CONTEXTS[i & 1_023], null));
                engine.picks().given();
                if (picked < before || picked < last || picked > generation()) {
                    failures++;
                } else {
                    last = picked;
                }
            }
        }

        private static int generation(@Nullable Response<ServiceInstance> response) {
            ServiceInstance instance = response == null ? null : response.getServer();
            return instance == null ? -1 : instance.getPort();
        }

        private int generation() {
            return Objects.requireNonNull(engine.snapshot())
                    .candidates()
                    .hosts()
                    .get(0)
                    .port();
        }
    }
}
