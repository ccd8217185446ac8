package io.github.zklb.springcloud.webclient;

import io.github.zklb.Endpoint;
import io.github.zklb.springcloud.ClientCalls;
import io.github.zklb.springcloud.ClientExchange;
import io.github.zklb.springcloud.CountedMono;
import io.github.zklb.springcloud.InstanceUrls;
import java.net.URI;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.reactive.LoadBalancerClientRequestTransformer;
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
 * @param avoided where attempts under the same retry of Reactor's had come to nothing before
 */
record BalancedRequest(
        ClientRequest request,
        ExchangeFunction next,
        String serviceId,
        ClientCalls calls,
        ClientExchange exchange,
        Set<Endpoint> avoided)
        implements ExchangeFunction {

    private static final String CALLERS_URL = BalancedRequest.class.getName();

    BalancedRequest(
            ClientRequest request, ExchangeFunction next, String serviceId, ClientCalls calls, Set<Endpoint> avoided) {
        this(request, next, serviceId, calls, ClientExchange.after(avoided), avoided);
    }

    /** Has a stock filter balance it, which finds the exchange among the attributes of the request. */
    Mono<ClientResponse> by(ExchangeFilterFunction stock) {
        ClientRequest marked = ClientRequest.from(request)
                .attribute(ClientExchange.ATTRIBUTE, exchange)
                .attribute(CALLERS_URL, request.url())
                .build();
        return stock.filter(marked, this).map(response -> exchange.reason() == null ? response : unavailable());
    }

    /**
     * The transformers that a stock filter shall use. Before all others, one puts the URL right that the filter has made, and
     * which may be encoded twice (spring-cloud-commons #1192), from the one that the caller wrote.
     */
    static List<LoadBalancerClientRequestTransformer> withCallersUrl(
            List<LoadBalancerClientRequestTransformer> others) {
        return Stream.concat(Stream.of(BalancedRequest::withCallersUrl), others.stream())
                .toList();
    }

    private static ClientRequest withCallersUrl(ClientRequest addressed, ServiceInstance instance) {
        URI url = (URI) addressed.attributes().get(CALLERS_URL);
        return url == null
                ? addressed
                : ClientRequest.from(addressed)
                        .url(InstanceUrls.of(instance, url))
                        .attributes(attributes -> attributes.remove(CALLERS_URL))
                        .build();
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

    /** The response where there is no instance. */
    ClientResponse unavailable() {
        return UnavailableResponse.to(
                request, Objects.requireNonNullElse(exchange.reason(), "No instances available for " + serviceId));
    }
}
