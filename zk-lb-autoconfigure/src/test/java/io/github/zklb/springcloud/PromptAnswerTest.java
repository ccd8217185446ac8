package io.github.zklb.springcloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.EmptyResponse;
import org.springframework.cloud.client.loadbalancer.Response;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** Blocking callers and the answers that they wait for. */
class PromptAnswerTest {

    private static final Response<ServiceInstance> RESPONSE = new EmptyResponse();
    private static final Mono<Response<ServiceInstance>> LATER =
            Mono.just(RESPONSE).publishOn(Schedulers.boundedElastic());

    @Test
    void whatIsThereAtOnceIsGivenOnAnyThread() {
        PromptAnswer answer = prompt(Mono.just(RESPONSE).map(response -> response));
        assertThat(answer.block()).isSameAs(RESPONSE);
        assertThat(onEventLoop(answer)).isSameAs(RESPONSE);
    }

    @Test
    void anErrorThatIsThereAtOnceIsThrownAsItIs() {
        PromptAnswer answer = prompt(Mono.error(new NoInstanceException("none")));
        assertThatThrownBy(() -> onEventLoop(answer))
                .isInstanceOf(NoInstanceException.class)
                .hasMessage("none");
    }

    @Test
    void whoMayWaitWaits() {
        assertThat(prompt(LATER).block()).isSameAs(RESPONSE);
    }

    @Test
    void whoMustNotWaitIsToldWhyAndTheAnswerIsCancelled() {
        AtomicBoolean cancelled = new AtomicBoolean();
        PromptAnswer answer = prompt(Mono.<Response<ServiceInstance>>never().doOnCancel(() -> cancelled.set(true)));
        assertThatThrownBy(() -> onEventLoop(answer)).hasMessage("too early");
        assertThat(cancelled).isTrue();
    }

    @Test
    void whoSubscribesGetsTheAnswer() {
        assertThat(prompt(LATER).map(response -> "here").block()).isEqualTo("here");
    }

    private static PromptAnswer prompt(Mono<Response<ServiceInstance>> answer) {
        return new PromptAnswer(answer, () -> new NoInstanceException("too early"));
    }

    private static Response<ServiceInstance> onEventLoop(PromptAnswer answer) {
        return Objects.requireNonNull(Mono.fromCallable(answer::block)
                .subscribeOn(Schedulers.parallel())
                .block());
    }
}
