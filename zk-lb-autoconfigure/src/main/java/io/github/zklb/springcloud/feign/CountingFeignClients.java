package io.github.zklb.springcloud.feign;

import io.github.zklb.springcloud.ClientCalls;
import java.util.List;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.cloud.client.loadbalancer.LoadBalancedRetryFactory;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClient;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.cloud.openfeign.loadbalancer.FeignBlockingLoadBalancerClient;
import org.springframework.cloud.openfeign.loadbalancer.LoadBalancerFeignRequestTransformer;
import org.springframework.cloud.openfeign.loadbalancer.RetryableFeignBlockingLoadBalancerClient;

/**
 * Puts a client that counts in the place of each stock client of OpenFeign, whatever it sends with: Java's own client,
 * Apache's, or one that the user has given it. A client of another class, be it a subclass, is the user's own and stays.
 */
final class CountingFeignClients implements BeanPostProcessor {

    private final BeanFactory beans;

    CountingFeignClients(BeanFactory beans) {
        this.beans = beans;
    }

    @Override
    public Object postProcessAfterInitialization(Object bean, String name) {
        if (bean.getClass() == FeignBlockingLoadBalancerClient.class) {
            return new CountingFeignClient(
                    (FeignBlockingLoadBalancerClient) bean,
                    beans.getBean(LoadBalancerClient.class),
                    beans.getBean(LoadBalancerClientFactory.class),
                    transformers(),
                    calls());
        }
        if (bean.getClass() == RetryableFeignBlockingLoadBalancerClient.class) {
            return new CountingRetryFeignClient(
                    (RetryableFeignBlockingLoadBalancerClient) bean,
                    beans.getBean(LoadBalancerClient.class),
                    beans.getBean(LoadBalancedRetryFactory.class),
                    beans.getBean(LoadBalancerClientFactory.class),
                    transformers(),
                    calls());
        }
        return bean;
    }

    private List<LoadBalancerFeignRequestTransformer> transformers() {
        return beans.getBeanProvider(LoadBalancerFeignRequestTransformer.class)
                .orderedStream()
                .toList();
    }

    private ClientCalls calls() {
        return beans.getBean(ClientCalls.class);
    }
}
