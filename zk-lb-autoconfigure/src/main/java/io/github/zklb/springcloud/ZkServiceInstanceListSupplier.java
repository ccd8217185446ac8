package io.github.zklb.springcloud;

import java.util.List;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import reactor.core.publisher.Flux;

/**
 * Supplies the instances of one service as ZooKeeper holds them now, without a cache of its own. A user's supplier
 * chain may be built on it: {@code ServiceInstanceListSupplier.builder().withBase(zkSupplier).withHints().build(context)}.
 */
public final class ZkServiceInstanceListSupplier implements ServiceInstanceListSupplier {

    private final ServiceBalancer balancer;

    ZkServiceInstanceListSupplier(ServiceBalancer balancer) {
        this.balancer = balancer;
    }

    @Override
    public String getServiceId() {
        return balancer.serviceId();
    }

    /** One list: the instances that serve. An error says why nothing is known of the service. */
    @Override
    public Flux<List<ServiceInstance>> get() {
        return balancer.loaded().map(Snapshot::instances).flux();
    }
}
