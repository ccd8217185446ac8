package io.github.zklb.springcloud.webclient;

import io.github.zklb.springcloud.ClientCalls;
import io.github.zklb.springcloud.CountedMono;
import io.github.zklb.springcloud.InstanceUrls;
import io.github.zklb.traffic.CountedCall;
import org.jspecify.annotations.Nullable;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFunction;

/**
 * An exchange of WebClient that is counted as a call, until it brings the head of a response or an error, or is cancelled.
 * The body is the caller's affair.
 *
 * @param body the body that the caller sends; null if there is none
 */
public record CountedExchange(@Nullable CallersBody body) implements CountedMono.Ends<ClientResponse> {

    private static final CountedExchange WITHOUT_BODY = new CountedExchange(null);

    /**
     * What a load-balancing filter shall use to send a request.
     *
     * @param next what it would use
     * @param request the request as the filter gets it, with the service id for a host
     */
    public static ExchangeFunction around(ExchangeFunction next, ClientRequest request, ClientCalls calls) {
        String serviceId = request.url().getHost();
        return serviceId == null ? next : sent -> exchange(next, serviceId, sent, calls);
    }

    private static CountedMono<ClientResponse> exchange(
            ExchangeFunction next, String serviceId, ClientRequest sent, ClientCalls calls) {
        CallersBody body = CallersBody.of(sent);
        return new CountedMono<>(
                next.exchange(body == null ? sent : body.in(sent)),
                context -> calls.start(serviceId, InstanceUrls.address(sent.url()), context),
                body == null ? WITHOUT_BODY : new CountedExchange(body));
    }

    @Override
    public void onNext(CountedCall call, ClientResponse response) {
        call.end(response.statusCode().value());
    }

    /** WebClient wraps whatever keeps a request from being answered, also what the caller's own body has thrown. */
    @Override
    public void onError(CountedCall call, Throwable error) {
        if (body == null || !body.hasFailed()) {
            call.end(error);
        }
    }
}
