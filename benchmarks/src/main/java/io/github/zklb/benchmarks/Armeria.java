package io.github.zklb.benchmarks;

import com.linecorp.armeria.common.loadbalancer.LoadBalancer;
import com.linecorp.armeria.common.loadbalancer.SimpleLoadBalancer;
import io.github.zklb.Endpoint;

/** Armeria's selection without its client around it. */
final class Armeria {

    private Armeria() {}

    static SimpleLoadBalancer<Endpoint> balancer(Fleet fleet) {
        return LoadBalancer.ofWeightedRoundRobin(fleet.endpoints(), endpoint -> (int) endpoint.weight());
    }

    static Pick weighted(Fleet fleet) {
        SimpleLoadBalancer<Endpoint> balancer = balancer(fleet);
        return key -> balancer.pick();
    }
}
