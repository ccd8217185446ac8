package io.github.zklb.springcloud;

import java.util.List;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.loadbalancer.core.DelegatingServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import reactor.core.publisher.Flux;

/**
 * Supplies the instances of one service as ZooKeeper holds them now, without a cache of its own, through the supplier
 * that {@code spring.cloud.loadbalancer.configurations} names. A user's supplier chain may be built on it:
 * {@code ServiceInstanceListSupplier.builder().withBase(zkSupplier).withHints().build(context)}.
 *
 * <p>Without a request it gives another list at each change and never ends before the application does; for a request it
 * gives one list.
 */
public final class ZkServiceInstanceListSupplier extends DelegatingServiceInstanceListSupplier {

    public ZkServiceInstanceListSupplier(ServiceInstanceListSupplier delegate) {
        super(delegate);
    }

    @Override
    public Flux<List<ServiceInstance>> get() {
        return delegate.get();
    }

    @Override
    @SuppressWarnings("rawtypes")
    public Flux<List<ServiceInstance>> get(Request request) {
        return delegate.get(request);
    }
}
