package io.github.zklb.springcloud.gateway;

import java.util.Objects;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClient;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Fallback;

/** What a gateway on WebMVC finds in each service's child context; whoever injects a client gets the application's. */
@Configuration(proxyBeanMethods = false)
public class GatewayClientConfiguration {

    @Bean
    @Fallback
    LoadBalancerClient zkLbGatewayLoadBalancerClient(ApplicationContext context) {
        ApplicationContext applications = Objects.requireNonNull(context.getParent());
        return new GatewayLoadBalancerClient(
                applications.getBean(LoadBalancerClient.class), applications.getBean(LoadBalancerClientFactory.class));
    }
}
