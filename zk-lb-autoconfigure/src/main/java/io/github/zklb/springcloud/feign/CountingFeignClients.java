package io.github.zklb.springcloud.feign;

import feign.Client;
import feign.Request;
import feign.Response;
import io.github.zklb.springcloud.ClientCalls;
import java.io.IOException;
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
 * OpenFeign knows the stock clients by their classes, so that ours are of these.
 */
final class CountingFeignClients implements BeanPostProcessor {

    private final BeanFactory beans;

    CountingFeignClients(BeanFactory beans) {
        this.beans = beans;
    }

    @Override
    public Object postProcessAfterInitialization(Object bean, String name) {
        if (bean.getClass() == FeignBlockingLoadBalancerClient.class) {
            return new Counting(Parts.of(beans, ((FeignBlockingLoadBalancerClient) bean).getDelegate()));
        }
        if (bean.getClass() == RetryableFeignBlockingLoadBalancerClient.class) {
            return new CountingRetries(
                    Parts.of(beans, ((RetryableFeignBlockingLoadBalancerClient) bean).getDelegate()),
                    beans.getBean(LoadBalancedRetryFactory.class));
        }
        return bean;
    }

    /**
     * What the stock clients are made of.
     *
     * @param sender what they send with
     */
    private record Parts(
            Client sender,
            LoadBalancerClient balancer,
            LoadBalancerClientFactory clients,
            List<LoadBalancerFeignRequestTransformer> transformers,
            ClientCalls calls) {

        static Parts of(BeanFactory beans, Client sender) {
            return new Parts(
                    sender,
                    beans.getBean(LoadBalancerClient.class),
                    beans.getBean(LoadBalancerClientFactory.class),
                    beans.getBeanProvider(LoadBalancerFeignRequestTransformer.class)
                            .orderedStream()
                            .toList(),
                    beans.getBean(ClientCalls.class));
        }

        FeignExchange exchange() {
            return new FeignExchange(balancer, sender, calls);
        }
    }

    private static final class Counting extends FeignBlockingLoadBalancerClient {

        private final Parts parts;

        Counting(Parts parts) {
            super(parts.sender(), parts.balancer(), parts.clients(), parts.transformers());
            this.parts = parts;
        }

        @Override
        public Response execute(Request request, Request.Options options) throws IOException {
            FeignExchange exchange = parts.exchange();
            return exchange.send(
                    request,
                    options,
                    new FeignBlockingLoadBalancerClient(exchange, exchange, parts.clients(), parts.transformers()));
        }
    }

    private static final class CountingRetries extends RetryableFeignBlockingLoadBalancerClient {

        private final Parts parts;
        private final LoadBalancedRetryFactory retries;

        CountingRetries(Parts parts, LoadBalancedRetryFactory retries) {
            super(parts.sender(), parts.balancer(), retries, parts.clients(), parts.transformers());
            this.parts = parts;
            this.retries = retries;
        }

        @Override
        public Response execute(Request request, Request.Options options) throws IOException {
            FeignExchange exchange = parts.exchange();
            return exchange.send(
                    request,
                    options,
                    new RetryableFeignBlockingLoadBalancerClient(
                            exchange, exchange, retries, parts.clients(), parts.transformers()));
        }
    }
}
