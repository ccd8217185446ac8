package io.github.zklb.springcloud.feign;

import feign.Request;
import feign.Response;
import io.github.zklb.springcloud.ClientCalls;
import java.io.IOException;
import java.util.List;
import org.springframework.cloud.client.loadbalancer.LoadBalancedRetryFactory;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClient;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.cloud.openfeign.loadbalancer.LoadBalancerFeignRequestTransformer;
import org.springframework.cloud.openfeign.loadbalancer.RetryableFeignBlockingLoadBalancerClient;

/** The stock client of OpenFeign that retries, which counts each attempt as a call and avoids the earlier ones' endpoints. */
final class CountingRetryFeignClient extends RetryableFeignBlockingLoadBalancerClient {

    private final LoadBalancedRetryFactory retries;
    private final LoadBalancerClientFactory clients;
    private final List<LoadBalancerFeignRequestTransformer> transformers;
    private final FeignCalls calls;

    CountingRetryFeignClient(
            RetryableFeignBlockingLoadBalancerClient stock,
            LoadBalancerClient balancer,
            LoadBalancedRetryFactory retries,
            LoadBalancerClientFactory clients,
            List<LoadBalancerFeignRequestTransformer> transformers,
            ClientCalls calls) {
        super(stock.getDelegate(), balancer, retries, clients, transformers);
        this.retries = retries;
        this.clients = clients;
        this.transformers = transformers;
        this.calls = new FeignCalls(balancer, stock.getDelegate(), calls);
    }

    @Override
    public Response execute(Request request, Request.Options options) throws IOException {
        return calls.send(
                request,
                options,
                exchange -> new RetryableFeignBlockingLoadBalancerClient(
                        exchange, exchange, retries, clients, transformers));
    }
}
