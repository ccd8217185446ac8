package io.github.zklb.springcloud;

import io.github.zklb.resilience.Call;
import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;
import reactor.core.publisher.MonoOperator;
import reactor.util.context.Context;

/**
 * An exchange of WebClient that is counted as a call, from its subscription until it brings the head of a response or an
 * error, or is cancelled. The body is the caller's affair, as it is in {@link CountingLoadBalancerClient}.
 *
 * <p>An operator of its own, and not {@code doFinally}: Reactor throws an {@link Error} that it takes for fatal, such as a
 * missing class, past every operator up to the subscriber, and the call must end all the same.
 */
final class CountedExchange extends MonoOperator<ClientResponse, ClientResponse> {

    private final CallCounter calls;
    private final Failures failures;
    private final String serviceId;
    private final URI url;

    private CountedExchange(
            Mono<ClientResponse> exchange, CallCounter calls, Failures failures, String serviceId, URI url) {
        super(exchange);
        this.calls = calls;
        this.failures = failures;
        this.serviceId = serviceId;
        this.url = url;
    }

    /**
     * What a load-balancing filter shall use to send a request.
     *
     * @param next what it would use
     * @param request the request as the filter gets it, with the service id for a host
     */
    static ExchangeFunction around(ExchangeFunction next, ClientRequest request, CallCounter calls, Failures failures) {
        String serviceId = request.url().getHost();
        return serviceId == null
                ? next
                : sent -> new CountedExchange(next.exchange(sent), calls, failures, serviceId, sent.url());
    }

    @Override
    public void subscribe(CoreSubscriber<? super ClientResponse> actual) {
        Call call = calls.start(serviceId, address());
        if (call == null) {
            source.subscribe(actual);
            return;
        }
        try {
            source.subscribe(new Ending(actual, call, failures));
        } catch (Throwable fatal) {
            call.cancelled();
            throw fatal;
        }
    }

    private String address() {
        String authority = url.getRawAuthority();
        return authority == null ? "" : authority.substring(authority.lastIndexOf('@') + 1);
    }

    /** Ends the call before it passes on what ended it: who sees the response no longer sees it in flight. */
    private static final class Ending implements CoreSubscriber<ClientResponse>, Subscription {

        private final CoreSubscriber<? super ClientResponse> actual;
        private final Call call;
        private final Failures failures;
        private @Nullable Subscription upstream;

        Ending(CoreSubscriber<? super ClientResponse> actual, Call call, Failures failures) {
            this.actual = actual;
            this.call = call;
            this.failures = failures;
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
        public void onNext(ClientResponse response) {
            failures.end(call, response.statusCode().value());
            actual.onNext(response);
        }

        @Override
        public void onError(Throwable error) {
            failures.end(call, error);
            actual.onError(error);
        }

        @Override
        public void onComplete() {
            call.cancelled();
            actual.onComplete();
        }

        @Override
        public void request(long n) {
            try {
                upstream.request(n);
            } catch (Throwable fatal) {
                call.cancelled();
                throw fatal;
            }
        }

        @Override
        public void cancel() {
            call.cancelled();
            upstream.cancel();
        }
    }
}
