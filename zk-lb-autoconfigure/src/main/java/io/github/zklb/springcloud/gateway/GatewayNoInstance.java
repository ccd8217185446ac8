package io.github.zklb.springcloud.gateway;

import io.github.zklb.springcloud.ClientExchange;
import java.net.URI;
import org.springframework.cloud.gateway.config.GatewayLoadBalancerProperties;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.cloud.gateway.filter.GlobalFilter;
import org.springframework.cloud.gateway.filter.ReactiveLoadBalancerClientFilter;
import org.springframework.cloud.gateway.support.NotFoundException;
import org.springframework.cloud.gateway.support.ServerWebExchangeUtils;
import org.springframework.core.Ordered;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/**
 * Stands before the load-balancing filter of a gateway on WebFlux: when there is no instance, the error is the one that this
 * filter throws itself, with our reason, whatever a lifecycle makes of that: Micrometer's throws an error of its own. It
 * answers with status 503, or 404 if the gateway is told so. Requests that are not balanced pass, such as a fallback's that
 * has no instance of its own to look for.
 */
record GatewayNoInstance(GatewayLoadBalancerProperties properties) implements GlobalFilter, Ordered {

    private static final String BALANCED = "lb";

    @Override
    public int getOrder() {
        return ReactiveLoadBalancerClientFilter.LOAD_BALANCER_CLIENT_FILTER_ORDER - 1;
    }

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, GatewayFilterChain chain) {
        if (!isBalanced(exchange)) {
            return chain.filter(exchange);
        }
        ClientExchange ours = ClientExchange.in(exchange.getAttributes());
        return chain.filter(exchange)
                .onErrorMap(none -> ours.reason() == null
                        ? none
                        : NotFoundException.create(properties.isUse404(), ours.reason(), none));
    }

    /** As the load-balancing filter decides, which then puts the instance's URL in the place of the service's. */
    private static boolean isBalanced(ServerWebExchange exchange) {
        URI url = exchange.getAttribute(ServerWebExchangeUtils.GATEWAY_REQUEST_URL_ATTR);
        return url != null
                && (BALANCED.equals(url.getScheme())
                        || BALANCED.equals(exchange.getAttribute(ServerWebExchangeUtils.GATEWAY_SCHEME_PREFIX_ATTR)));
    }
}
