package io.github.zklb.springcloud;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.engine.Snapshot;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.DefaultResponse;
import org.springframework.cloud.client.loadbalancer.Response;

/**
 * The endpoints of a snapshot as Spring sees them, and for each the answer made in advance. Immutable.
 *
 * @param instances the instances, in the order of the endpoints
 * @param answers the answer for each endpoint. A picker gives the very objects of its host set, so that identity is enough
 *     and nothing is hashed
 */
public record InstanceView(List<ServiceInstance> instances, Map<Endpoint, Response<ServiceInstance>> answers) {

    public static InstanceView of(String serviceId, HostSet hosts) {
        List<ServiceInstance> instances = new ArrayList<>(hosts.size());
        IdentityHashMap<Endpoint, Response<ServiceInstance>> answers = new IdentityHashMap<>(2 * hosts.size());
        for (Endpoint endpoint : hosts.endpoints()) {
            ServiceInstance instance = new ZkServiceInstance(serviceId, endpoint);
            instances.add(instance);
            answers.put(endpoint, new DefaultResponse(instance));
        }
        return new InstanceView(List.copyOf(instances), answers);
    }

    static InstanceView in(Snapshot snapshot) {
        return (InstanceView) snapshot.view();
    }

    Response<ServiceInstance> answer(Endpoint picked) {
        return Objects.requireNonNull(answers.get(picked));
    }
}
