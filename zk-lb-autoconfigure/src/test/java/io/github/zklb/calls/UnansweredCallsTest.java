package io.github.zklb.calls;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class UnansweredCallsTest {

    private final List<String> silent = new ArrayList<>();
    private final List<Runnable> timers = new ArrayList<>();
    private long due;
    private long now = -Duration.ofSeconds(2).toNanos();
    private final UnansweredCalls calls = new UnansweredCalls(
            () -> now,
            (task, delay) -> {
                timers.add(task);
                due = now + delay.toNanos();
            },
            silent::add);

    @Test
    void whoAnswersNothingForASecondIsTold() {
        calls.began("a");
        passes(500);
        calls.began("b");
        passes(500);
        ring();
        assertThat(silent).containsExactly("a");
        passes(500);
        ring();
        assertThat(silent).containsExactly("a", "b");
    }

    @Test
    void anyAnswerEndsTheSilenceWhicheverCallItBelongsTo() {
        calls.began("a");
        passes(900);
        calls.began("a");
        calls.ended("a");
        calls.began("a");
        passes(100);
        ring();
        assertThat(silent).isEmpty();
        passes(900);
        ring();
        assertThat(silent).containsExactly("a");
    }

    @Test
    void whoIsSilentIsToldAgainOnlyIfItIsCalledAgain() {
        calls.began("a");
        passes(1_000);
        ring();
        assertThat(timers).isEmpty();
        passes(1_000);
        calls.began("a");
        passes(1_000);
        ring();
        assertThat(silent).containsExactly("a", "a");
    }

    @Test
    void thereIsOneTimerAndNoneWithoutCalls() {
        assertThat(timers).isEmpty();
        calls.began("a");
        calls.began("b");
        calls.ended("a");
        assertThat(timers).hasSize(1);
        calls.ended("b");
        passes(1_000);
        ring();
        assertThat(timers).isEmpty();
        assertThat(silent).isEmpty();
    }

    private void passes(long millis) {
        now += Duration.ofMillis(millis).toNanos();
    }

    private void ring() {
        assertThat(now).isEqualTo(due);
        timers.remove(0).run();
    }
}
