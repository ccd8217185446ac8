package io.github.zklb.benchmarks;

import io.github.zklb.Endpoint;
import java.util.Map;
import java.util.Objects;
import org.springframework.cloud.client.DefaultServiceInstance;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.DefaultRequest;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.loadbalancer.core.RoundRobinLoadBalancer;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.core.WeightedServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.support.ServiceInstanceListSuppliers;
import org.springframework.cloud.loadbalancer.support.SimpleObjectProvider;

/**
 * Spring Cloud LoadBalancer, asked as its blocking client asks it. Its suppliers work at each request; the list of
 * instances is at hand, as though a cache had it.
 */
final class SpringCloud {

    private static final String SERVICE = "bench";

    private SpringCloud() {}

    static Pick roundRobin(Fleet fleet) {
        return pick(supplier(fleet));
    }

    static Pick weighted(Fleet fleet) {
        return pick(new WeightedServiceInstanceListSupplier(supplier(fleet)));
    }

    private static Pick pick(ServiceInstanceListSupplier supplier) {
        RoundRobinLoadBalancer balancer = new RoundRobinLoadBalancer(new SimpleObjectProvider<>(supplier), SERVICE);
        Request<?> request = new DefaultRequest<>();
        return key -> Objects.requireNonNull(balancer.choose(request).block()).getServer();
    }

    private static ServiceInstanceListSupplier supplier(Fleet fleet) {
        ServiceInstance[] instances =
                fleet.endpoints().stream().map(SpringCloud::instance).toArray(ServiceInstance[]::new);
        return ServiceInstanceListSuppliers.from(SERVICE, instances);
    }

    private static ServiceInstance instance(Endpoint endpoint) {
        return new DefaultServiceInstance(
                endpoint.id(),
                SERVICE,
                endpoint.host(),
                endpoint.port(),
                endpoint.secure(),
                Map.of("weight", String.valueOf((int) endpoint.weight())));
    }
}
