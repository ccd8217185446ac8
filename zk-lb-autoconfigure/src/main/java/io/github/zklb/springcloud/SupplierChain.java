package io.github.zklb.springcloud;

import io.github.zklb.Acceptance;
import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Picker;
import io.github.zklb.zookeeper.Weight;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.DefaultResponse;
import org.springframework.cloud.client.loadbalancer.EmptyResponse;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.Response;
import org.springframework.cloud.loadbalancer.core.SelectedInstanceCallback;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import reactor.core.publisher.Mono;

/**
 * The user's suppliers around ours, and a picker for each list that they give: built when the list is first seen, and
 * not again as long as an equal one comes. A supplier that looks at the request (a hint, a version) gives few lists.
 */
final class SupplierChain {

    /** Beyond so many lists all are forgotten, so that suppliers which never give an equal one cost no memory. */
    private static final int MOST_LISTS = 64;

    private final ServiceBalancer balancer;
    private final ServiceInstanceListSupplier outermost;
    private final Map<List<ServiceInstance>, ListPicker> pickers = new ConcurrentHashMap<>();

    SupplierChain(ServiceBalancer balancer, ServiceInstanceListSupplier outermost) {
        this.balancer = balancer;
        this.outermost = outermost;
    }

    Mono<Response<ServiceInstance>> choose(Request<?> request, PickContext context) {
        return outermost
                .get(request)
                .next()
                .map(instances -> pick(instances, context))
                .defaultIfEmpty(new EmptyResponse());
    }

    private Response<ServiceInstance> pick(List<ServiceInstance> instances, PickContext context) {
        ServiceInstance picked = picker(instances).pick(context);
        if (picked == null) {
            return new EmptyResponse();
        }
        if (outermost instanceof SelectedInstanceCallback callback) {
            callback.selectedServiceInstance(picked);
        }
        return new DefaultResponse(picked);
    }

    @SuppressWarnings("ReferenceEquality") // another object means another state, and that is all there is to know
    private ListPicker picker(List<ServiceInstance> instances) {
        Tuning tuning = balancer.tuning();
        Acceptance acceptance = balancer.acceptance();
        ListPicker known = pickers.get(instances);
        if (known != null && known.tuning == tuning && known.acceptance == acceptance) {
            return known;
        }
        if (pickers.size() >= MOST_LISTS) {
            pickers.clear();
        }
        ListPicker picker = ListPicker.of(balancer, instances, tuning, acceptance);
        pickers.put(List.copyOf(instances), picker);
        return picker;
    }

    /** A picker over instances that may be anybody's, and what it was built with. */
    private record ListPicker(
            Picker picker, IdentityHashMap<Endpoint, ServiceInstance> instances, Tuning tuning, Acceptance acceptance) {

        static ListPicker of(
                ServiceBalancer balancer, List<ServiceInstance> instances, Tuning tuning, Acceptance acceptance) {
            IdentityHashMap<Endpoint, ServiceInstance> byEndpoint = new IdentityHashMap<>();
            instances.forEach(instance -> byEndpoint.put(endpoint(instance), instance));
            Picker picker = balancer.newPicker(HostSet.of(byEndpoint.keySet()), acceptance);
            return new ListPicker(picker, byEndpoint, tuning, acceptance);
        }

        @Nullable ServiceInstance pick(PickContext context) {
            Endpoint endpoint = picker.pick(context);
            return endpoint == null ? null : instances.get(endpoint);
        }

        private static Endpoint endpoint(ServiceInstance instance) {
            if (instance instanceof ZkServiceInstance ours) {
                return ours.endpoint();
            }
            Endpoint address = Endpoint.of(instance.getHost(), instance.getPort());
            String id = Objects.requireNonNullElse(instance.getInstanceId(), "");
            Map<String, String> metadata = Objects.requireNonNullElse(instance.getMetadata(), Map.of());
            return new Endpoint(
                    id.isEmpty() ? address.id() : id,
                    address.host(),
                    address.port(),
                    instance.isSecure(),
                    Weight.of(metadata.get(Weight.KEY)).value(),
                    metadata);
        }
    }
}
