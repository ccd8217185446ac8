package io.github.zklb.springcloud.gateway;

import io.github.zklb.springcloud.InstanceUrls;
import java.net.URI;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.gateway.config.GatewayLoadBalancerProperties;
import org.springframework.cloud.gateway.filter.ReactiveLoadBalancerClientFilter;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;

/** The stock load-balancing filter of a gateway on WebFlux, which leaves the path and the query as they are. */
final class GatewayLoadBalancerFilter extends ReactiveLoadBalancerClientFilter {

    private GatewayLoadBalancerFilter(LoadBalancerClientFactory clients, GatewayLoadBalancerProperties properties) {
        super(clients, properties);
    }

    @Override
    protected URI reconstructURI(ServiceInstance instance, URI original) {
        return InstanceUrls.of(instance, original);
    }

    /** Puts it in the place of the stock one. One of another class is the user's own and stays. */
    record InPlaceOfStock(BeanFactory beans) implements BeanPostProcessor {

        @Override
        public Object postProcessAfterInitialization(Object bean, String name) {
            return bean.getClass() == ReactiveLoadBalancerClientFilter.class
                    ? new GatewayLoadBalancerFilter(
                            beans.getBean(LoadBalancerClientFactory.class),
                            beans.getBean(GatewayLoadBalancerProperties.class))
                    : bean;
        }
    }
}
