package io.github.zklb.springcloud;

import java.net.URI;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Subscription;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import org.springframework.web.reactive.function.client.WebClientRequestException;
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
    private final String serviceId;
    private final URI url;

    private CountedExchange(Mono<ClientResponse> exchange, CallCounter calls, String serviceId, URI url) {
        super(exchange);
        this.calls = calls;
        this.serviceId = serviceId;
        this.url = url;
    }

    /**
     * What a load-balancing filter shall use to send a request.
     *
     * @param next what it would use
     * @param request the request as the filter gets it, with the service id for a host
     */
    static ExchangeFunction around(ExchangeFunction next, ClientRequest request, CallCounter calls) {
        String serviceId = request.url().getHost();
        return serviceId == null
                ? next
                : sent -> new CountedExchange(next.exchange(sent), calls, serviceId, sent.url());
    }

    @Override
    public void subscribe(CoreSubscriber<? super ClientResponse> actual) {
        CountedCall counted = calls.start(serviceId, address(), actual.currentContext());
        if (counted == null) {
            source.subscribe(actual);
            return;
        }
        try {
            source.subscribe(new Ending(actual, counted));
        } catch (Throwable fatal) {
            counted.call().cancelled();
            throw fatal;
        }
    }

    private String address() {
        String authority = url.getRawAuthority();
        return authority == null ? "" : authority.substring(authority.lastIndexOf('@') + 1);
    }

    /**
     * Ends the call before it passes on what ended it: who sees the response no longer sees it in flight. WebClient wraps in
     * one exception whatever keeps a request from being answered, Netty's time-outs among it.
     */
    private static final class Ending implements CoreSubscriber<ClientResponse>, Subscription {

        private final CoreSubscriber<? super ClientResponse> actual;
        private final CountedCall counted;
        private @Nullable Subscription upstream;

        Ending(CoreSubscriber<? super ClientResponse> actual, CountedCall counted) {
            this.actual = actual;
            this.counted = counted;
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
            counted.end(response.statusCode().value());
            actual.onNext(response);
        }

        @Override
        public void onError(Throwable error) {
            if (error instanceof WebClientRequestException) {
                counted.failed(error);
            } else {
                counted.end(error);
            }
            actual.onError(error);
        }

        @Override
        public void onComplete() {
            counted.call().cancelled();
            actual.onComplete();
        }

        @Override
        public void request(long n) {
            try {
                Objects.requireNonNull(upstream).request(n);
            } catch (Throwable fatal) {
                counted.call().cancelled();
                throw fatal;
            }
        }

        @Override
        public void cancel() {
            counted.call().cancelled();
            Objects.requireNonNull(upstream).cancel();
        }
    }
}
