package io.github.zklb.testing;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.cloud.gateway.filter.GatewayFilterChain;
import org.springframework.cloud.gateway.route.RouteLocator;
import org.springframework.cloud.gateway.route.builder.GatewayFilterSpec;
import org.springframework.cloud.gateway.route.builder.RouteLocatorBuilder;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.server.ServerWebExchange;
import reactor.core.publisher.Mono;

/** A gateway on WebFlux; {@code /ws/SERVICE} is for WebSockets. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
class WebFluxGateway {

    @Bean
    RouteLocator routes(RouteLocatorBuilder builder, @Value("${" + Gateway.ATTEMPTS + ":1}") int attempts) {
        return builder.routes()
                .route(
                        "sockets",
                        route -> route.path("/ws/**")
                                .filters(filters -> filters.stripPrefix(1))
                                .uri("lb:ws://sockets"))
                .route(
                        "services",
                        route -> route.path("/{service}/**")
                                .filters(filters -> retries(filters, attempts)
                                        .filter(WebFluxGateway::attributes)
                                        .stripPrefix(1)
                                        .setRequestUri("lb://{service}"))
                                .uri("lb://any"))
                .build();
    }

    private static GatewayFilterSpec retries(GatewayFilterSpec filters, int attempts) {
        return attempts > 1 ? filters.retry(attempts - 1) : filters;
    }

    private static Mono<Void> attributes(ServerWebExchange exchange, GatewayFilterChain chain) {
        exchange.getRequest().getHeaders().forEach((name, values) -> {
            if (name.regionMatches(true, 0, Gateway.ATTRIBUTE_HEADER, 0, Gateway.ATTRIBUTE_HEADER.length())) {
                exchange.getAttributes().put(name.substring(Gateway.ATTRIBUTE_HEADER.length()), values.get(0));
            }
        });
        return chain.filter(exchange);
    }
}
