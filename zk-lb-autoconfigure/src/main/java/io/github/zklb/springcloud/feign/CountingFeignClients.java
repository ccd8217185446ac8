package io.github.zklb.springcloud.feign;

import feign.Client;
import feign.Request;
import feign.Response;
import io.github.zklb.springcloud.ClientCalls;
import java.io.IOException;
import java.util.List;
import java.util.function.Function;
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
record CountingFeignClients(BeanFactory beans) implements BeanPostProcessor {

    @Override
    public Object postProcessAfterInitialization(Object bean, String name) {
        if (bean.getClass() == FeignBlockingLoadBalancerClient.class) {
            return counting(((FeignBlockingLoadBalancerClient) bean).getDelegate());
        }
        return bean.getClass() == RetryableFeignBlockingLoadBalancerClient.class
                ? countingRetries(((RetryableFeignBlockingLoadBalancerClient) bean).getDelegate())
                : bean;
    }

    private Client counting(Client sender) {
        LoadBalancerClient balancer = beans.getBean(LoadBalancerClient.class);
        LoadBalancerClientFactory clients = beans.getBean(LoadBalancerClientFactory.class);
        List<LoadBalancerFeignRequestTransformer> transformers = transformers();
        Client counted = exchanging(
                sender, exchange -> new FeignBlockingLoadBalancerClient(exchange, exchange, clients, transformers));
        return new FeignBlockingLoadBalancerClient(sender, balancer, clients, transformers) {
            @Override
            public Response execute(Request request, Request.Options options) throws IOException {
                return counted.execute(request, options);
            }
        };
    }

    private Client countingRetries(Client sender) {
        LoadBalancerClient balancer = beans.getBean(LoadBalancerClient.class);
        LoadBalancedRetryFactory retries = beans.getBean(LoadBalancedRetryFactory.class);
        LoadBalancerClientFactory clients = beans.getBean(LoadBalancerClientFactory.class);
        List<LoadBalancerFeignRequestTransformer> transformers = transformers();
        Client counted = exchanging(
                sender,
                exchange -> new RetryableFeignBlockingLoadBalancerClient(
                        exchange, exchange, retries, clients, transformers));
        return new RetryableFeignBlockingLoadBalancerClient(sender, balancer, retries, clients, transformers) {
            @Override
            public Response execute(Request request, Request.Options options) throws IOException {
                return counted.execute(request, options);
            }
        };
    }

    /** A client that sends each request by a stock client around an exchange of its own. */
    private Client exchanging(Client sender, Function<FeignExchange, Client> stock) {
        LoadBalancerClient balancer = beans.getBean(LoadBalancerClient.class);
        LoadBalancerClientFactory clients = beans.getBean(LoadBalancerClientFactory.class);
        ClientCalls calls = beans.getBean(ClientCalls.class);
        return (request, options) -> {
            FeignExchange exchange = new FeignExchange(balancer, clients, sender, calls);
            return exchange.send(request, options, stock.apply(exchange));
        };
    }

    private List<LoadBalancerFeignRequestTransformer> transformers() {
        return beans.getBeanProvider(LoadBalancerFeignRequestTransformer.class)
                .orderedStream()
                .toList();
    }
}
