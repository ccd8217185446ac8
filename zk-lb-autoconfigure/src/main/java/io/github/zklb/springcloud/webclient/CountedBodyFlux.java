package io.github.zklb.springcloud.webclient;

import io.github.zklb.calls.CountedCall;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import org.springframework.core.io.buffer.DataBuffer;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.FluxOperator;
import reactor.core.publisher.Operators;
import reactor.util.context.Context;

/**
 * The body of a response, which keeps its call in flight until it ends, fails or is cancelled. The call ends before that is passed
 * on: who has the whole of it no longer sees it in flight.
 */
final class CountedBodyFlux extends FluxOperator<DataBuffer, DataBuffer> {

    /** Null once it has ended: connections keep their last request, and must not keep what counts its calls. */
    private volatile @Nullable CountedCall call;

    private final Runnable reading;

    /**
     * A body that was not read yet.
     *
     * @param reading runs when somebody begins to read it
     */
    CountedBodyFlux(Flux<DataBuffer> body, CountedCall call, Runnable reading) {
        super(body);
        this.reading = reading;
        this.call = call;
    }

    private void end() {
        CountedCall open = call;
        if (open != null) {
            open.bodyEnded();
            call = null;
        }
    }

    @Override
    public void subscribe(CoreSubscriber<? super DataBuffer> actual) {
        reading.run();
        source.subscribe(new Ending(actual));
    }

    private final class Ending implements CoreSubscriber<DataBuffer>, Subscription {

        private final CoreSubscriber<? super DataBuffer> actual;
        private Subscription upstream = Operators.emptySubscription();

        Ending(CoreSubscriber<? super DataBuffer> actual) {
            this.actual = actual;
        }

        @Override
        public Context currentContext() {
            return actual.currentContext();
        }

        @Override
        public void onSubscribe(Subscription subscription) {
            upstream = subscription;
            actual.onSubscribe(this);
        }

        @Override
        public void onNext(DataBuffer part) {
            actual.onNext(part);
        }

        @Override
        public void onError(Throwable error) {
            end();
            actual.onError(error);
        }

        @Override
        public void onComplete() {
            end();
            actual.onComplete();
        }

        @Override
        public void request(long n) {
            upstream.request(n);
        }

        @Override
        public void cancel() {
            upstream.cancel();
            end();
        }
    }
}
