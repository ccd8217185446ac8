package io.github.zklb.calls;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PickCountsTest {

    private final PickCounts counts = new PickCounts();

    @Test
    void countsNothingUntilSomebodyWantsToKnow() {
        counts.given();
        counts.empty();
        counts.spilled();
        counts.begin();
        counts.given();
        assertThat(counts.of(PickCounts.Outcome.PICKED)).isEqualTo(1);
        assertThat(counts.of(PickCounts.Outcome.EMPTY)).isZero();
        assertThat(counts.of(PickCounts.Outcome.SPILLED)).isZero();
    }

    @Test
    void everyPickHasOneOutcome() {
        counts.begin();
        counts.fallback();
        counts.given();
        counts.spilled();
        counts.given();
        counts.given();
        counts.panic(true);
        counts.spilled();
        counts.given();
        counts.panic(false);
        counts.empty();
        for (PickCounts.Outcome outcome : PickCounts.Outcome.values()) {
            assertThat(counts.of(outcome)).as(outcome.name()).isEqualTo(1);
        }
    }

    @Test
    void whoHasNoEndpointIsRememberedUntilSomebodyAsksForIt() {
        assertThat(counts.wasAskedInVain()).isFalse();
        counts.given();
        assertThat(counts.wasAskedInVain()).isFalse();
        counts.empty();
        assertThat(counts.wasAskedInVain()).isTrue();
        assertThat(counts.wasAskedInVain()).isFalse();
    }

    @Test
    void thePicksUnderWayNeverMakeACounterFall() {
        counts.begin();
        int picks = 200_000;
        ExecutorService threads = Executors.newCachedThreadPool();
        AtomicBoolean done = new AtomicBoolean();
        try {
            CompletableFuture<Boolean> watcher = CompletableFuture.supplyAsync(() -> risesUntil(done), threads);
            CompletableFuture.allOf(IntStream.range(0, 4)
                            .mapToObj(thread -> CompletableFuture.runAsync(() -> pick(picks), threads))
                            .toArray(CompletableFuture[]::new))
                    .join();
            done.set(true);
            assertThat(watcher.join()).isTrue();
        } finally {
            done.set(true);
            threads.shutdown();
        }
        assertThat(counts.of(PickCounts.Outcome.SPILLED)).isEqualTo(2L * picks);
        assertThat(counts.of(PickCounts.Outcome.PICKED)).isEqualTo(2L * picks);
    }

    private boolean risesUntil(AtomicBoolean done) {
        boolean rises = true;
        long last = 0;
        while (!done.get()) {
            long next = counts.of(PickCounts.Outcome.PICKED);
            rises &= next >= last;
            last = next;
        }
        return rises;
    }

    private void pick(int times) {
        for (int i = 0; i < times; i++) {
            if (i % 2 == 0) {
                counts.spilled();
            }
            counts.given();
        }
    }
}
