package io.github.zklb.springcloud;

import java.util.List;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** The instances of one service as ZooKeeper holds them: the innermost supplier. */
public final class WatchedInstances implements ServiceInstanceListSupplier {

    private final ServiceBalancer balancer;

    WatchedInstances(ServiceBalancer balancer) {
        this.balancer = balancer;
    }

    @Override
    public String getServiceId() {
        return balancer.serviceId();
    }

    /**
     * The list, as soon as it is known, and another one at each change, for suppliers that work on their own (a health
     * check). Whoever keeps this publisher gets what holds when it subscribes.
     */
    @Override
    public Flux<List<ServiceInstance>> get() {
        return balancer.instances();
    }

    /** One list, for a request; an error says why nothing is known of the service. */
    @Override
    @SuppressWarnings("rawtypes")
    public Flux<List<ServiceInstance>> get(Request request) {
        return Mono.defer(balancer::loaded).map(Snapshot::instances).flux();
    }
}
