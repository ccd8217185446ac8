package io.github.zklb.testing;

import static org.springframework.cloud.gateway.server.mvc.filter.BeforeFilterFunctions.stripPrefix;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.cloud.gateway.server.mvc.common.MvcUtils;
import org.springframework.cloud.gateway.server.mvc.filter.LoadBalancerFilterFunctions;
import org.springframework.cloud.gateway.server.mvc.filter.RetryFilterFunctions;
import org.springframework.cloud.gateway.server.mvc.handler.GatewayRouterFunctions;
import org.springframework.cloud.gateway.server.mvc.handler.HandlerFunctions;
import org.springframework.cloud.gateway.server.mvc.predicate.GatewayRequestPredicates;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.web.servlet.function.HandlerFunction;
import org.springframework.web.servlet.function.RouterFunction;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;

/** A gateway on WebMVC. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
class WebMvcGateway {

    @Bean
    @Order(1)
    RouterFunction<ServerResponse> routes(@Value("${" + Gateway.ATTEMPTS + ":1}") int attempts) {
        return GatewayRouterFunctions.route("services")
                .route(
                        GatewayRequestPredicates.path("/{service}/**")
                                .and(GatewayRequestPredicates.path("/error")
                                        .or(GatewayRequestPredicates.path("/orders/**"))
                                        .negate()),
                        HandlerFunctions.http())
                .filter((request, next) -> attempts > 1 ? retry(attempts, request, next) : next.handle(request))
                .before(WebMvcGateway::attributes)
                .before(stripPrefix(1))
                .filter(WebMvcGateway::balance)
                .build();
    }

    /** The filter throws the last response when there is no attempt left, which would be answered with status 500. */
    private static ServerResponse retry(int attempts, ServerRequest request, HandlerFunction<ServerResponse> next)
            throws Exception {
        try {
            return RetryFilterFunctions.retry(attempts).filter(request, next);
        } catch (RetryFilterFunctions.RetryException last) {
            return last.getResponse();
        }
    }

    private static ServerResponse balance(ServerRequest request, HandlerFunction<ServerResponse> next)
            throws Exception {
        String service =
                String.valueOf(MvcUtils.getUriTemplateVariables(request).get("service"));
        return LoadBalancerFilterFunctions.lb(service).filter(request, next);
    }

    private static ServerRequest attributes(ServerRequest request) {
        request.headers().asHttpHeaders().forEach((name, values) -> {
            if (name.regionMatches(true, 0, Gateway.ATTRIBUTE_HEADER, 0, Gateway.ATTRIBUTE_HEADER.length())) {
                request.attributes().put(name.substring(Gateway.ATTRIBUTE_HEADER.length()), values.get(0));
            }
        });
        return request;
    }
}
