package io.github.zklb.springcloud;

import io.github.zklb.Acceptance;
import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Picker;
import io.github.zklb.Strategy;
import io.github.zklb.membership.Membership;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.DefaultResponse;
import org.springframework.cloud.client.loadbalancer.Response;
import reactor.core.publisher.Mono;

/**
 * What a request reads: the picker and, for each endpoint, the answer made in advance. Immutable; a change publishes
 * another one.
 */
public final class Snapshot {

    private final Membership membership;
    private final HostSet serving;
    private final Acceptance acceptance;
    private final Picker picker;
    private final List<ServiceInstance> instances;
    private final IdentityHashMap<Endpoint, Mono<Response<ServiceInstance>>> answers;

    private Snapshot(
            Membership membership,
            HostSet serving,
            Acceptance acceptance,
            Picker picker,
            List<ServiceInstance> instances,
            IdentityHashMap<Endpoint, Mono<Response<ServiceInstance>>> answers) {
        this.membership = membership;
        this.serving = serving;
        this.acceptance = acceptance;
        this.picker = picker;
        this.instances = instances;
        this.answers = answers;
    }

    /** Builds the snapshot of the endpoints that serve, each with the part of its share that it is given. */
    static Snapshot of(
            String serviceId, Membership membership, HostSet serving, Acceptance acceptance, Strategy strategy) {
        List<ServiceInstance> instances = new ArrayList<>(serving.size());
        // A picker gives the very objects of its host set, so that identity is enough and nothing is hashed.
        IdentityHashMap<Endpoint, Mono<Response<ServiceInstance>>> answers = new IdentityHashMap<>(2 * serving.size());
        for (Endpoint endpoint : serving.endpoints()) {
            ServiceInstance instance = new ZkServiceInstance(serviceId, endpoint);
            instances.add(instance);
            answers.put(endpoint, Mono.just(new DefaultResponse(instance)));
        }
        return new Snapshot(
                membership,
                serving,
                acceptance,
                strategy.newPicker(serving, acceptance),
                List.copyOf(instances),
                answers);
    }

    /** The same endpoints and picker, with what the membership says of itself now. */
    Snapshot with(Membership newMembership) {
        return new Snapshot(newMembership, serving, acceptance, picker, instances, answers);
    }

    /** The answer for one request, or null if there is no endpoint to give. */
    @Nullable Mono<Response<ServiceInstance>> pick(PickContext context) {
        Endpoint endpoint = picker.pick(context);
        return endpoint == null ? null : answers.get(endpoint);
    }

    Membership membership() {
        return membership;
    }

    public HostSet serving() {
        return serving;
    }

    Acceptance acceptance() {
        return acceptance;
    }

    public List<ServiceInstance> instances() {
        return instances;
    }
}
