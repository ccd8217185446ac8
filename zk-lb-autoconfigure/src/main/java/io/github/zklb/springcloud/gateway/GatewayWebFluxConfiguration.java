package io.github.zklb.springcloud.gateway;

import io.github.zklb.springcloud.ClientCalls;
import org.springframework.cloud.gateway.config.GatewayLoadBalancerProperties;
import org.springframework.cloud.gateway.filter.GlobalFilter;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Our filters around those of Spring Cloud Gateway on WebFlux, be they the stock ones or the user's. */
@Configuration(proxyBeanMethods = false)
public class GatewayWebFluxConfiguration {

    @Bean
    GlobalFilter zkLbGatewayNoInstance(GatewayLoadBalancerProperties properties) {
        return new GatewayNoInstance(properties);
    }

    @Bean
    GlobalFilter zkLbGatewayRouting(ClientCalls calls) {
        return new GatewayRouting(calls);
    }
}
