package io.github.zklb.springcloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.reactivestreams.Subscription;
import org.springframework.cloud.client.DefaultServiceInstance;
import org.springframework.cloud.client.ServiceInstance;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.BaseSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Operators;

/** What is remembered of attempts under a retry of Reactor's, and what it costs calls that have none. */
class RetriedCallsTest {

    private static final int THREADS = 4;
    private static final ServiceInstance INSTANCE = new DefaultServiceInstance("a", "orders", "127.0.0.1", 1001, false);

    private final List<Set<Endpoint>> avoided = new ArrayList<>();

    @Test
    void aCallWithoutARetryWaitsForNoOtherAfterOneThatFailedForGood() {
        Kept<Object> failed = new Kept<>();
        failing().retry(1).subscribe(failed);
        assertThat(avoided).hasSize(2);
        assertThat(avoided.get(1)).hasSize(1);
        assertThat(RetriedCalls.remembersNone()).isFalse();

        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            List<CompletableFuture<Long>> calls = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                calls.add(CompletableFuture.supplyAsync(RetriedCallsTest::timesBlocked, threads));
            }
            assertThat(calls.stream().mapToLong(CompletableFuture::join).sum()).isZero();
        } finally {
            threads.shutdownNow();
        }
        Reference.reachabilityFence(failed);
    }

    @Test
    void whatFailedForGoodIsForgottenWithTheRetry() {
        failing().retry(1).subscribe(new Kept<>());
        assertThat(RetriedCalls.remembersNone()).isFalse();
        untilNoneIsRemembered();
    }

    @Test
    void aCallerThatGivesUpLeavesNothingToRemember() {
        untilNoneIsRemembered();
        Kept<Object> kept = new Kept<>();
        RetriedCalls.to("orders", before -> counted(Mono.never(), before))
                .retry(1)
                .subscribe(kept);
        kept.cancel();
        assertThat(RetriedCalls.remembersNone()).isTrue();
        Reference.reachabilityFence(kept);
    }

    /** It is other tests' retries, too, that may be remembered until their memory is collected. */
    private static void untilNoneIsRemembered() {
        await().until(() -> {
            System.gc();
            call().retry(1).block();
            return RetriedCalls.remembersNone();
        });
    }

    private static long timesBlocked() {
        for (int i = 0; i < 100; i++) {
            call().block(); // classes are loaded
        }
        long id = Thread.currentThread().getId();
        long before = ManagementFactory.getThreadMXBean().getThreadInfo(id).getBlockedCount();
        for (int i = 0; i < 50_000; i++) {
            call().subscribe();
        }
        return ManagementFactory.getThreadMXBean().getThreadInfo(id).getBlockedCount() - before;
    }

    private static Mono<String> call() {
        return RetriedCalls.to("orders", before -> Mono.just("well")).map(String::trim);
    }

    private Mono<Object> failing() {
        return RetriedCalls.to("orders", before -> {
            avoided.add(before);
            return counted(Mono.error(new IOException("broken off")), before);
        });
    }

    /** Ends as the calls of a client do. */
    private static Mono<Object> counted(Mono<Object> call, Set<Endpoint> before) {
        return new Mono<>() {
            @Override
            public void subscribe(CoreSubscriber<? super Object> actual) {
                Runnable failed = () -> RetriedCalls.failed("orders", actual, INSTANCE, before);
                call.doOnError(error -> failed.run()).doOnCancel(failed).subscribe(Operators.toCoreSubscriber(actual));
            }
        };
    }

    /** A subscriber that keeps the operator above it, so that this is not collected. */
    private static final class Kept<T> extends BaseSubscriber<T> {

        private final List<Subscription> above = new ArrayList<>();

        @Override
        protected void hookOnSubscribe(Subscription subscription) {
            above.add(Objects.requireNonNull(subscription));
            requestUnbounded();
        }

        @Override
        protected void hookOnError(Throwable error) {
            assertThat(error).isInstanceOf(IOException.class);
        }
    }
}
