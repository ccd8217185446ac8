package io.github.zklb.springcloud.webclient;

import io.github.zklb.springcloud.ClientCalls;
import java.util.Set;
import org.springframework.web.reactive.function.client.ExchangeFunction;

/** Exchanges of WebClient that are counted as they are in an application, for tests of other rooms. */
public final class CountedExchanges {

    private CountedExchanges() {}

    /** Sends requests to an instance of a service. */
    public static ExchangeFunction around(ExchangeFunction next, String serviceId, ClientCalls calls) {
        return request -> new BalancedRequest(request, next, serviceId, calls, Set.of()).exchange(request);
    }
}
