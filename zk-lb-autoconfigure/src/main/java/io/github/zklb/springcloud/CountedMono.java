package io.github.zklb.springcloud;

import io.github.zklb.calls.CountedCall;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoOperator;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/**
 * A Mono that is counted as a call, from its subscription until it ends or is cancelled, unless a body goes on. The call ends
 * before what ended it is passed on.
 *
 * <p>An operator of its own, and not {@code doFinally}: Reactor throws an {@link Error} that it takes for fatal, such as a
 * missing class, past every operator up to the subscriber, and the call must end all the same.
 */
public final class CountedMono<T> extends MonoOperator<T, T> {

    private final Function<ContextView, @Nullable CountedCall> start;
    private final Ends<T> ends;

    /**
     * A counted Mono.
     *
     * @param source what is counted
     * @param start begins a call at each subscription, given what the subscriber passes along; null if this one is not counted
     * @param ends ends it
     */
    public CountedMono(Mono<? extends T> source, Function<ContextView, @Nullable CountedCall> start, Ends<T> ends) {
        super(source);
        this.start = start;
        this.ends = ends;
    }

    /**
     * What the ends of the Mono say of the call, and to whom. Those of an error and of the completion need not end it; the
     * others do, but that of a value may say instead that a body is being read.
     */
    public interface Ends<T> {

        /** There is a value; what this returns is passed on. */
        default T onNext(CountedCall call, T value, CoreSubscriber<?> to) {
            return value;
        }

        default void onError(CountedCall call, Throwable error, CoreSubscriber<?> to) {
            call.end(error);
        }

        default void onComplete(CountedCall call, CoreSubscriber<?> to) {}

        default void onCancel(CountedCall call, CoreSubscriber<?> to) {
            call.call().cancelled();
        }

        /** The subscriber wants nothing more, after a value or the end. */
        default void onCancelAfterwards(CountedCall call) {}
    }

    @Override
    public void subscribe(CoreSubscriber<? super T> actual) {
        CountedCall call = start.apply(actual.currentContext());
        if (call == null) {
            source.subscribe(actual);
            return;
        }
        try {
            source.subscribe(new Ending<>(actual, call, ends));
        } catch (Throwable fatal) {
            call.call().ignored();
            throw fatal;
        }
    }

    private static final class Ending<T> implements CoreSubscriber<T>, Subscription {

        private final CoreSubscriber<? super T> actual;
        private final CountedCall call;
        private final Ends<T> ends;
        private @Nullable Subscription upstream;
        private volatile boolean ended;

        Ending(CoreSubscriber<? super T> actual, CountedCall call, Ends<T> ends) {
            this.actual = actual;
            this.call = call;
            this.ends = ends;
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
        public void onNext(T value) {
            ended = true;
            actual.onNext(ends.onNext(call, value, actual));
        }

        @Override
        public void onError(Throwable error) {
            ended = true;
            ends.onError(call, error, actual);
            call.call().ignored();
            actual.onError(error);
        }

        @Override
        public void onComplete() {
            ended = true;
            ends.onComplete(call, actual);
            call.call().ignored();
            actual.onComplete();
        }

        @Override
        public void request(long n) {
            try {
                Objects.requireNonNull(upstream).request(n);
            } catch (Throwable fatal) {
                call.call().ignored();
                throw fatal;
            }
        }

        @Override
        public void cancel() {
            if (!ended) {
                ends.onCancel(call, actual);
            } else {
                ends.onCancelAfterwards(call);
            }
            Objects.requireNonNull(upstream).cancel();
        }
    }
}
