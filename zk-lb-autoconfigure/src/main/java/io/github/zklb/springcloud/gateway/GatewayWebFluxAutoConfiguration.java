package io.github.zklb.springcloud.gateway;

import io.github.zklb.springcloud.ClientCalls;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.cloud.gateway.config.GatewayLoadBalancerProperties;
import org.springframework.cloud.gateway.filter.GlobalFilter;
import org.springframework.cloud.gateway.route.RouteLocator;
import org.springframework.context.annotation.Import;

/** Counts the calls of a gateway on WebFlux, and gives its errors a reason. */
@AutoConfiguration(
        afterName = {
            "io.github.zklb.autoconfigure.ZkLbAutoConfiguration",
            "org.springframework.cloud.gateway.config.GatewayAutoConfiguration",
            "org.springframework.cloud.gateway.config.GatewayReactiveLoadBalancerClientAutoConfiguration"
        })
@ConditionalOnClass(GlobalFilter.class)
@ConditionalOnBean({ClientCalls.class, GatewayLoadBalancerProperties.class, RouteLocator.class})
@Import(GatewayWebFluxConfiguration.class)
public final class GatewayWebFluxAutoConfiguration {}
