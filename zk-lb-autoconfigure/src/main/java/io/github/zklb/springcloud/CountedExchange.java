package io.github.zklb.springcloud;

import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import org.springframework.web.reactive.function.client.WebClientRequestException;

/**
 * An exchange of WebClient that is counted as a call, until it brings the head of a response or an error, or is cancelled.
 * The body is the caller's affair, as it is in {@link CountingLoadBalancerClient}.
 */
final class CountedExchange implements CountedMono.Ends<ClientResponse> {

    private static final CountedExchange ENDS = new CountedExchange();

    private CountedExchange() {}

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
                : sent -> new CountedMono<>(
                        next.exchange(sent),
                        context -> calls.start(serviceId, UriParts.address(sent.url()), context),
                        ENDS);
    }

    @Override
    public void onNext(CountedCall call, ClientResponse response) {
        call.end(response.statusCode().value());
    }

    /** WebClient wraps in one exception whatever keeps a request from being answered, Netty's time-outs among it. */
    @Override
    public void onError(CountedCall call, Throwable error) {
        if (error instanceof WebClientRequestException) {
            call.failed(error);
        } else {
            call.end(error);
        }
    }
}
