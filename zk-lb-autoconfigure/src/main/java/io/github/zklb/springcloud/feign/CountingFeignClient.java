package io.github.zklb.springcloud.feign;

import feign.Request;
import feign.Response;
import io.github.zklb.springcloud.ClientCalls;
import java.io.IOException;
import java.util.List;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClient;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.cloud.openfeign.loadbalancer.FeignBlockingLoadBalancerClient;
import org.springframework.cloud.openfeign.loadbalancer.LoadBalancerFeignRequestTransformer;

/** The stock client of OpenFeign, which counts each request as a call and avoids where Feign's Retryer was before. */
final class CountingFeignClient extends FeignBlockingLoadBalancerClient {

    private final LoadBalancerClientFactory clients;
    private final List<LoadBalancerFeignRequestTransformer> transformers;
    private final FeignCalls calls;

    CountingFeignClient(
            FeignBlockingLoadBalancerClient stock,
            LoadBalancerClient balancer,
            LoadBalancerClientFactory clients,
            List<LoadBalancerFeignRequestTransformer> transformers,
            ClientCalls calls) {
        super(stock.getDelegate(), balancer, clients, transformers);
        this.clients = clients;
        this.transformers = transformers;
        this.calls = new FeignCalls(balancer, stock.getDelegate(), calls);
    }

    @Override
    public Response execute(Request request, Request.Options options) throws IOException {
        return calls.send(
                request,
                options,
                exchange -> new FeignBlockingLoadBalancerClient(exchange, exchange, clients, transformers));
    }
}
