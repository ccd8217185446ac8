package io.github.zklb.springcloud.webclient;

import io.github.zklb.Endpoint;
import io.github.zklb.springcloud.ClientCalls;
import io.github.zklb.springcloud.ClientExchange;
import io.github.zklb.springcloud.CountedMono;
import io.github.zklb.springcloud.InstanceUrls;
import java.util.Objects;
import java.util.Set;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFilterFunction;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import reactor.core.publisher.Mono;

/**
 * A request of WebClient's to a service. As an exchange function it sends an attempt at it to the instance that was chosen.
 *
 * @param request the request as the caller made it
 * @param next what sends requests
 * @param serviceId the service, which the request's URL names
 * @param calls counts the attempts
 * @param exchange what the balancer knows of the request, and what it has answered last
 * @param avoided where attempts at the same call of WebClient's had come to nothing before
 */
record BalancedRequest(
        ClientRequest request,
        ExchangeFunction next,
        String serviceId,
        ClientCalls calls,
        ClientExchange exchange,
        Set<Endpoint> avoided)
        implements ExchangeFunction {

    /** A request of which no attempt was sent yet. */
    static BalancedRequest of(ClientRequest request, ExchangeFunction next, String serviceId, ClientCalls calls) {
        Set<Endpoint> avoided = FailedAttempts.of(request).endpoints();
        return new BalancedRequest(request, next, serviceId, calls, ClientExchange.after(avoided), avoided);
    }

    /** Has a stock filter balance it, which finds the exchange among the attributes of the request. */
    Mono<ClientResponse> by(ExchangeFilterFunction stock) {
        ClientRequest marked = ClientRequest.from(request)
                .attribute(ClientExchange.ATTRIBUTE, exchange)
                .attribute(CallersUrl.ATTRIBUTE, request.url())
                .build();
        return stock.filter(marked, this).map(response -> exchange.reason() == null ? response : unavailable());
    }

    /** Sends an attempt, which has the URL of the instance. */
    @Override
    public Mono<ClientResponse> exchange(ClientRequest addressed) {
        InstanceRequest sent = addressed instanceof InstanceRequest ours
                ? ours
                : new InstanceRequest(this, addressed, addressed.url());
        return new CountedMono<>(
                next.exchange(sent),
                context -> sent.start(calls.start(serviceId, InstanceUrls.address(sent.url()), context)),
                sent);
    }

    /** Where attempts at the same call of WebClient's have come to nothing by now. */
    FailedAttempts failed() {
        return FailedAttempts.of(request);
    }

    /** The response where there is no instance. */
    ClientResponse unavailable() {
        return UnavailableResponse.to(
                request, Objects.requireNonNullElse(exchange.reason(), "No instances available for " + serviceId));
    }
}
