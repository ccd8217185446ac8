package io.github.zklb.springcloud;

import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.Response;
import reactor.core.CoreSubscriber;
import reactor.core.Exceptions;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoOperator;
import reactor.core.scheduler.Schedulers;

/**
 * An answer that is mostly there as soon as it is asked for. Reactor refuses to block on a thread of an event loop even
 * where there is nothing to wait for, and Spring's blocking client blocks for every answer: here it gets what is there,
 * and an error that says why if nothing is yet.
 */
public final class PromptAnswer extends MonoOperator<Response<ServiceInstance>, Response<ServiceInstance>> {

    private final Mono<Response<ServiceInstance>> answer;
    private final Supplier<? extends RuntimeException> tooEarly;

    /**
     * @param answer the answer
     * @param tooEarly what to throw at a caller that must not wait for it
     */
    PromptAnswer(Mono<Response<ServiceInstance>> answer, Supplier<? extends RuntimeException> tooEarly) {
        super(answer);
        this.answer = answer;
        this.tooEarly = tooEarly;
    }

    @Override
    public void subscribe(CoreSubscriber<? super Response<ServiceInstance>> actual) {
        answer.subscribe(actual);
    }

    @Override
    public @Nullable Response<ServiceInstance> block() {
        CompletableFuture<@Nullable Response<ServiceInstance>> future = answer.toFuture();
        if (!future.isDone()) {
            if (Schedulers.isInNonBlockingThread()) {
                future.cancel(true);
                throw tooEarly.get();
            }
            return Mono.fromFuture(future).block();
        }
        try {
            return future.join();
        } catch (CompletionException error) {
            throw Exceptions.propagate(Objects.requireNonNullElse(error.getCause(), error));
        }
    }
}
