package io.github.zklb.springcloud.webclient;

import io.github.zklb.springcloud.ClientCalls;
import org.springframework.web.reactive.function.client.ExchangeFunction;

/** Exchanges of WebClient that are counted as they are in an application, for tests of other rooms. */
public final class CountedExchanges {

    private CountedExchanges() {}

    /** Sends requests to an instance of a service. */
    public static ExchangeFunction around(ExchangeFunction next, String serviceId, ClientCalls calls) {
        return request -> BalancedRequest.of(request, next, serviceId, calls).exchange(request);
    }
}
