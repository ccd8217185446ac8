package io.github.zklb.springcloud.gateway;

import io.github.zklb.springcloud.BalancedServices;
import io.github.zklb.springcloud.ClientCalls;
import java.util.HashSet;
import java.util.Set;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.cloud.gateway.config.GatewayLoadBalancerProperties;
import org.springframework.cloud.gateway.config.GatewayProperties;
import org.springframework.cloud.gateway.config.conditional.ConditionalOnEnabledGlobalFilter;
import org.springframework.cloud.gateway.filter.GlobalFilter;
import org.springframework.cloud.gateway.filter.ReactiveLoadBalancerClientFilter;
import org.springframework.cloud.gateway.filter.headers.HttpHeadersFilter;
import org.springframework.cloud.gateway.route.CachingRouteLocator;
import org.springframework.cloud.gateway.route.CompositeRouteLocator;
import org.springframework.cloud.gateway.route.RouteDefinitionRouteLocator;
import org.springframework.cloud.gateway.route.RouteLocator;
import org.springframework.context.annotation.Bean;

/** Counts the calls of a gateway on WebFlux, and gives its errors a reason, by filters around the stock or the user's ones. */
@AutoConfiguration(
        afterName = {
            "io.github.zklb.autoconfigure.ZkLbAutoConfiguration",
            "org.springframework.cloud.gateway.config.GatewayAutoConfiguration",
            "org.springframework.cloud.gateway.config.GatewayReactiveLoadBalancerClientAutoConfiguration"
        })
@ConditionalOnClass(GlobalFilter.class)
@ConditionalOnBean({ClientCalls.class, GatewayLoadBalancerProperties.class, RouteLocator.class})
public final class GatewayWebFluxAutoConfiguration {

    @Bean
    static BeanPostProcessor zkLbGatewayLoadBalancerFilter(BeanFactory beans) {
        return new GatewayLoadBalancerFilter.InPlaceOfStock(beans);
    }

    @Bean
    @ConditionalOnEnabledGlobalFilter(ReactiveLoadBalancerClientFilter.class)
    GlobalFilter zkLbGatewayNoInstance(GatewayLoadBalancerProperties properties) {
        return new GatewayNoInstance(properties);
    }

    @Bean
    @ConditionalOnEnabledGlobalFilter(ReactiveLoadBalancerClientFilter.class)
    GlobalFilter zkLbGatewayRouting(ClientCalls calls) {
        return new GatewayRouting(calls);
    }

    @Bean
    @ConditionalOnEnabledGlobalFilter(ReactiveLoadBalancerClientFilter.class)
    GlobalFilter zkLbGatewayBodies() {
        return new GatewayRouting.Bodies();
    }

    @Bean
    HttpHeadersFilter zkLbLoadReportsOfRequests() {
        return new GatewayLoadReports.OfRequests();
    }

    @Bean
    HttpHeadersFilter zkLbLoadReportsOfResponses() {
        return new GatewayLoadReports.OfResponses();
    }

    /** Those of the routes in the properties and in Java. Others may be found at places that would have to be asked. */
    @Bean
    BalancedServices zkLbWebFluxRoutes(
            ObjectProvider<GatewayProperties> gateway, ObjectProvider<RouteLocator> locators) {
        return () -> {
            Set<String> services = new HashSet<>();
            gateway.ifAvailable(properties ->
                    properties.getRoutes().forEach(route -> BalancedServices.ofRoute(route.getUri(), services::add)));
            locators.stream()
                    .filter(locator -> !(locator instanceof CachingRouteLocator
                            || locator instanceof CompositeRouteLocator
                            || locator instanceof RouteDefinitionRouteLocator))
                    .flatMap(locator -> locator.getRoutes().toStream())
                    .forEach(route -> BalancedServices.ofRoute(route.getUri(), services::add));
            return services;
        };
    }
}
