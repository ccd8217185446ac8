package io.github.zklb.springcloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.calls.CallLoad;
import io.github.zklb.calls.CallLoads;
import io.github.zklb.calls.LoadSettings;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.boot.logging.LogLevel;
import org.springframework.boot.logging.LoggingSystem;

/**
 * Whatever can happen to a call, at random, on several threads and without a network, while endpoints come and go.
 * {@code -Dzk-lb.test.calls=1000000} makes it a longer one, {@code -Dzk-lb.test.seed} repeats one.
 */
class RandomCallsTest {

    private static final int CALLS = Integer.getInteger("zk-lb.test.calls", 100_000);
    private static final long SEED = Long.getLong("zk-lb.test.seed", System.nanoTime());
    private static final int THREADS = 8;
    private static final LoggingSystem LOGGING = LoggingSystem.get(RandomCallsTest.class.getClassLoader());

    private final List<Endpoint> fleet =
            IntStream.range(0, 10).mapToObj(i -> Endpoint.of("10.0.0." + i, 80)).toList();
    private final CallLoads loads = new CallLoads(System::nanoTime, () -> LoadSettings.DEFAULTS);

    @BeforeAll
    static void silenceWhatReactorSaysOfErrors() {
        LOGGING.setLogLevel("reactor", LogLevel.OFF);
    }

    @AfterAll
    static void letItSpeak() {
        LOGGING.setLogLevel("reactor", null);
    }

    @Test
    void everyInFlightCountEndsAtZero() throws Exception {
        System.out.println("RandomCallsTest: seed " + SEED + ", " + CALLS + " calls");
        loads.retain(HostSet.of(fleet));
        ExecutorService threads = Executors.newFixedThreadPool(THREADS + 1);
        try {
            List<Future<Integer>> callers = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                callers.add(threads.submit(caller(new Random(SEED + i))));
            }
            Future<Set<CallLoad>> everKnown = threads.submit(() -> comeAndGo(callers));
            int counted = 0;
            for (Future<Integer> caller : callers) {
                counted += caller.get();
            }

            assertThat(counted).as("calls that were counted").isGreaterThan(CALLS / 3);
            Set<CallLoad> all = everKnown.get();
            assertThat(all).hasSizeGreaterThan(fleet.size());
            await().untilAsserted(() -> {
                System.gc();
                loads.of(fleet.get(0)).start().ignored(); // ends what was dropped unread
                assertThat(all.stream().mapToInt(CallLoad::inFlight))
                        .as("with seed %d", SEED)
                        .containsOnly(0);
            });
            assertThat(loads.inFlight()).as("with seed %d", SEED).isZero();
        } finally {
            threads.shutdownNow();
        }
    }

    private Callable<Integer> caller(Random random) {
        return () -> {
            VirtualCalls calls = new VirtualCalls(loads, random);
            for (int i = 0; i < CALLS / THREADS; i++) {
                Endpoint endpoint = fleet.get(random.nextInt(fleet.size()));
                switch (random.nextInt(3)) {
                    case 0 -> calls.blocking(endpoint);
                    case 1 -> calls.feign(endpoint);
                    default -> calls.reactive(endpoint);
                }
            }
            return calls.counted();
        };
    }

    /** Removes and adds endpoints as a membership does, on one thread; gives the load of each that ever was. */
    private Set<CallLoad> comeAndGo(List<Future<Integer>> callers) {
        Random random = new Random(SEED - 1);
        Set<CallLoad> everKnown = new HashSet<>();
        while (!callers.stream().allMatch(Future::isDone)) {
            HostSet there = HostSet.of(fleet).filter(endpoint -> random.nextInt(4) > 0);
            loads.retain(there);
            there.endpoints().forEach(endpoint -> everKnown.add(loads.of(endpoint)));
            LockSupport.parkNanos(1_000_000);
        }
        return everKnown;
    }
}
