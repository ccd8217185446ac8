package io.github.zklb.springcloud.gateway;

import static org.springframework.cloud.gateway.support.ServerWebExchangeUtils.GATEWAY_LOADBALANCER_RESPONSE_ATTR;
import static org.springframework.cloud.gateway.support.ServerWebExchangeUtils.GATEWAY_REQUEST_URL_ATTR;

import io.github.zklb.calls.CountedCall;
import io.github.zklb.springcloud.ClientCalls;
import io.github.zklb.springcloud.ClientExchange;
import io.github.zklb.springcloud.CountedMono;
import io.github.zklb.springcloud.InstanceUrls;
import java.net.URI;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.Response;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.cloud.gateway.filter.GlobalFilter;
import org.springframework.cloud.gateway.filter.NettyWriteResponseFilter;
import org.springframework.cloud.gateway.support.ServerWebExchangeUtils;
import org.springframework.cloud.gateway.support.TimeoutException;
import org.springframework.core.Ordered;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.server.reactive.ServerHttpRequest;
import org.springframework.http.server.reactive.ServerHttpRequestDecorator;
import org.springframework.util.StringUtils;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * Stands before the filters that send a request, in a gateway on WebFlux: counts each request to an instance as a call, and
 * notes where it went, so that the next attempt at it goes elsewhere. The call is in flight until the next attempt, or until the
 * response has been passed on to the caller; that to a WebSocket ends when this is open.
 */
record GatewayRouting(ClientCalls calls) implements GlobalFilter, Ordered {

    /** Right before the filter for WebSockets, which is the first of those that send. */
    @Override
    public int getOrder() {
        return Ordered.LOWEST_PRECEDENCE - 2;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, GatewayFilterChain chain) {
        Response<ServiceInstance> chosen = exchange.getAttribute(GATEWAY_LOADBALANCER_RESPONSE_ATTR);
        URI url = exchange.getAttribute(GATEWAY_REQUEST_URL_ATTR);
        ServiceInstance instance = chosen == null ? null : chosen.getServer();
        if (instance == null || url == null || ServerWebExchangeUtils.isAlreadyRouted(exchange)) {
            return chain.filter(exchange);
        }
        ClientExchange.in(exchange.getAttributes()).chose(instance);
        Bodies.end(exchange);
        CallersRequest request = new CallersRequest(exchange.getRequest());
        return new CountedMono<>(
                chain.filter(exchange.mutate().request(request).build()),
                context -> GatewayLoadReports.note(
                        exchange, calls.start(instance.getServiceId(), InstanceUrls.address(url), context)),
                new Ends(exchange, request));
    }

    /** Stands around the filters that send a request and that pass on the response. */
    record Bodies() implements GlobalFilter, Ordered {

        private static final String CALL = Bodies.class.getName();

        @Override
        public int getOrder() {
            return NettyWriteResponseFilter.WRITE_RESPONSE_FILTER_ORDER - 1;
        }

        @Override
        public Mono<Void> filter(ServerWebExchange exchange, GatewayFilterChain chain) {
            return chain.filter(exchange).doFinally(end -> end(exchange));
        }

        /** Nobody passes on the body of an attempt's response any more. */
        private static void end(ServerWebExchange exchange) {
            if (exchange.getAttributes().remove(CALL) instanceof CountedCall call) {
                call.bodyEnded();
            }
        }
    }

    /** The caller's request, which knows whether the caller broke it off: what that ends looks like an error of the instance. */
    private static final class CallersRequest extends ServerHttpRequestDecorator {

        private volatile boolean brokenOff;
        private volatile boolean sending;

        CallersRequest(ServerHttpRequest request) {
            super(request);
        }

        @Override
        public Flux<DataBuffer> getBody() {
            return super.getBody()
                    .doOnSubscribe(subscription -> sending = true)
                    .doOnComplete(() -> sending = false)
                    .doOnError(error -> brokenOff = true);
        }
    }

    /** What the end of the routing says of the call. */
    private record Ends(ServerWebExchange exchange, CallersRequest request) implements CountedMono.Ends<Void> {

        /** That a WebSocket is open is neither an answer nor the end; how it ends, nobody tells. */
        @Override
        public void onComplete(CountedCall call, CoreSubscriber<?> to) {
            HttpStatusCode status = exchange.getResponse().getStatusCode();
            if (status != null && !isWebSocket()) {
                call.answered(status.value(), exchange);
                exchange.getAttributes().put(Bodies.CALL, call);
            }
        }

        @Override
        public void onError(CountedCall call, Throwable error, CoreSubscriber<?> to) {
            if (request.brokenOff) {
                return;
            }
            if (error.getCause() instanceof TimeoutException) {
                call.call().timedOut();
            } else {
                call.end(error);
            }
        }

        /** A WebSocket may have been open for long; and no answer is to be expected before all of the request is there. */
        @Override
        public void onCancel(CountedCall call, CoreSubscriber<?> to) {
            if (isWebSocket() || request.sending) {
                call.call().ignored();
            } else {
                call.call().cancelled();
            }
        }

        private boolean isWebSocket() {
            URI url = exchange.getAttribute(GATEWAY_REQUEST_URL_ATTR);
            return url != null && StringUtils.startsWithIgnoreCase(url.getScheme(), "ws");
        }
    }
}
