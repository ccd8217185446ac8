package io.github.zklb.autoconfigure;

import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.Environment;

/**
 * The services that HTTP service groups call, as Spring Cloud balances them: a group without a base URL calls the service
 * of its own name, one with the base URL {@code lb://NAME} calls that one, and any other base URL is not balanced. Looks
 * at the names of the beans only, so that no client is made too early, nor while code is generated ahead of time.
 */
final class HttpServiceGroups {

    private static final String PROPERTIES = "spring.http.serviceclient";

    /** The beans of Spring Cloud that balance the groups of one kind of client each. */
    private static final List<String> BALANCED_BY = List.of(
            "loadBalancerRestClientHttpServiceGroupConfigurer", "loadBalancerWebClientHttpServiceGroupConfigurer");

    private HttpServiceGroups() {}

    /** The ids of the services. */
    static Set<String> services(String[] beanNames, Environment environment) {
        List<String> beans = Arrays.asList(beanNames);
        if (BALANCED_BY.stream().noneMatch(beans::contains)) {
            return Set.of();
        }
        Map<String, Group> settings = Binder.get(environment)
                .bind(PROPERTIES, Bindable.mapOf(String.class, Group.class))
                .orElse(Map.of());
        return beans.stream()
                .map(HttpServiceGroups::group)
                .filter(Objects::nonNull)
                .map(group -> service(group, settings.getOrDefault(group, Group.WITHOUT_URL)))
                .filter(Objects::nonNull)
                .collect(Collectors.toSet());
    }

    /**
     * The group of a client, whose bean is called {@code GROUP#TYPE}; null for another bean. A number at the end is what
     * Spring gives to a bean without a name of its own.
     */
    private static @Nullable String group(String beanName) {
        int end = beanName.lastIndexOf('#');
        return end > 0 && !beanName.substring(end + 1).matches("\\d*") ? beanName.substring(0, end) : null;
    }

    private static @Nullable String service(String group, Group settings) {
        if (settings.baseUrl() == null) {
            return group;
        }
        URI url = URI.create(settings.baseUrl());
        return "lb".equalsIgnoreCase(url.getScheme()) ? url.getHost() : null;
    }

    /** What we read of a group's properties. */
    record Group(@Nullable String baseUrl) {

        static final Group WITHOUT_URL = new Group(null);
    }
}
