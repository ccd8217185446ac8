package io.github.zklb.actuate.overlays;

import static io.github.zklb.actuate.overlays.RefusedRequestException.BAD_REQUEST;

import io.github.zklb.codec.Printable;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.EndpointId;
import org.springframework.boot.actuate.endpoint.InvocationContext;
import org.springframework.boot.actuate.endpoint.OperationType;
import org.springframework.boot.actuate.endpoint.SecurityContext;
import org.springframework.boot.actuate.endpoint.invoke.OperationInvoker;
import org.springframework.boot.actuate.endpoint.invoke.OperationInvokerAdvisor;
import org.springframework.boot.actuate.endpoint.invoke.OperationParameter;
import org.springframework.boot.actuate.endpoint.invoke.OperationParameters;

/**
 * Refuses requests with parameters that {@link ZkLbOverlaysEndpoint} does not have, or without their values: Spring Boot would
 * leave them out, and a wrong name would be a setting that is missing. A service is named by the path alone, by which requests are guarded.
 */
final class KnownParameters implements OperationInvokerAdvisor {

    private static final EndpointId OURS = EndpointId.of(ZkLbOverlaysEndpoint.ID);

    @Override
    public OperationInvoker apply(
            EndpointId endpointId, OperationType type, OperationParameters parameters, OperationInvoker invoker) {
        if (!endpointId.equals(OURS)) {
            return invoker;
        }
        Set<String> known = parameters.stream()
                .filter(each -> each.getType() != SecurityContext.class)
                .map(OperationParameter::getName)
                .filter(each -> !each.equals(ZkLbOverlaysEndpoint.SERVICE))
                .collect(Collectors.toCollection(TreeSet::new));
        return context -> invoke(context, known, invoker);
    }

    private static @Nullable Object invoke(InvocationContext context, Set<String> known, OperationInvoker invoker) {
        Object service = context.getArguments().get(ZkLbOverlaysEndpoint.SERVICE);
        Set<String> unknown = new TreeSet<>(context.getArguments().keySet());
        unknown.removeAll(known);
        if (service instanceof String[]) {
            unknown.remove(ZkLbOverlaysEndpoint.SERVICE);
        }
        Set<String> without = new TreeSet<>(known);
        without.removeIf(each -> !context.getArguments().containsKey(each)
                || context.getArguments().get(each) != null);
        String problem = !unknown.isEmpty()
                ? "unknown: " + Printable.of(String.join(", ", unknown)) + "; known are " + String.join(", ", known)
                : !without.isEmpty()
                        ? String.join(", ", without) + " must not be null: leave it out, or give it a value"
                        : null;
        return problem == null
                ? invoker.invoke(context)
                : ZkLbOverlaysEndpoint.refusal(
                        service instanceof String[] path ? String.join("/", path) : "",
                        new RefusedRequestException(BAD_REQUEST, problem));
    }
}
