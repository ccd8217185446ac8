package io.github.zklb.springcloud.suppliers;

import io.github.zklb.InvalidSettingException;
import io.github.zklb.Message;
import io.github.zklb.codec.Printable;
import io.github.zklb.strategy.StrategyCatalogue;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplierBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.Environment;
import org.springframework.util.ClassUtils;

/**
 * What {@code spring.cloud.loadbalancer.configurations} names: the suppliers of Spring Cloud LoadBalancer that go around
 * our list as they would go around the stock one. Of the stock ones' two kinds, reactive and blocking, it is always the
 * reactive one where its classes are there: both kinds serve all clients.
 */
public final class SupplierConfigurations {

    private static final Logger log = LoggerFactory.getLogger(SupplierConfigurations.class);

    /** The property that names one for every service. */
    public static final String PROPERTY = "spring.cloud.loadbalancer.configurations";

    private static final List<String> OF_CLIENT = List.of(
            "spring.cloud.loadbalancer.clients.%s.configurations",
            "spring.cloud.loadbalancer.clients[%s].configurations");
    private static final String NONE = "default";
    private static final String WEIGHTED = "weighted";
    private static final String HEALTH_CHECK = "health-check";
    private static final String API_VERSION = "api-version";
    private static final Map<String, UnaryOperator<ServiceInstanceListSupplierBuilder>> KNOWN = known();

    private SupplierConfigurations() {}

    private static Map<String, UnaryOperator<ServiceInstanceListSupplierBuilder>> known() {
        Map<String, UnaryOperator<ServiceInstanceListSupplierBuilder>> known = new LinkedHashMap<>();
        known.put(NONE, builder -> builder);
        known.put("zone-preference", ServiceInstanceListSupplierBuilder::withZonePreference);
        known.put(HEALTH_CHECK, builder -> builder.with(HealthChecks::around));
        known.put("request-based-sticky-session", ServiceInstanceListSupplierBuilder::withRequestBasedStickySession);
        known.put("same-instance-preference", ServiceInstanceListSupplierBuilder::withSameInstancePreference);
        known.put(WEIGHTED, builder -> builder); // the strategies mind weights by themselves
        known.put("subset", ServiceInstanceListSupplierBuilder::withSubset);
        known.put(API_VERSION, SupplierConfigurations::withApiVersion);
        return Collections.unmodifiableMap(known);
    }

    /** The supplier that is configured for a service, around the given one. */
    public static ServiceInstanceListSupplier around(
            ServiceInstanceListSupplier base, ConfigurableApplicationContext context) {
        String name = nameFor(base.getServiceId(), context.getEnvironment());
        UnaryOperator<ServiceInstanceListSupplierBuilder> known = KNOWN.get(name);
        return known == null || name.equals(NONE) || name.equals(WEIGHTED)
                ? base
                : known.apply(ServiceInstanceListSupplier.builder().withBase(base))
                        .build(context);
    }

    /**
     * Refuses a value whose classes are missing, and weights for a strategy that minds none. Warns of a value of no known
     * meaning: it may be one that a configuration of the user's own looks at.
     *
     * @param serviceId the service, or empty for all that have no value of their own
     * @param strategy the service's strategy
     * @throws InvalidSettingException if it does
     */
    public static void check(String serviceId, String strategy, Environment environment) {
        String property = propertyFor(serviceId, environment);
        String name = nameFor(serviceId, environment);
        if (!KNOWN.containsKey(name) && (serviceId.isEmpty() || !property.equals(PROPERTY))) {
            log.warn(
                    Message.A_SUPPLIER_THAT_MEANS_NOTHING.of(
                            "{} is '{}', which means nothing to zk-lb: the instances stay those that ZooKeeper has, unless a supplier"
                                    + " of your own goes by it. Known are {}"),
                    property,
                    Printable.of(name),
                    String.join(", ", KNOWN.keySet()));
        }
        if (name.equals(WEIGHTED) && !StrategyCatalogue.isWeighted(strategy)) {
            throw new InvalidSettingException(
                    "strategy",
                    "a strategy that minds weights, such as weighted or weighted-random, because " + property
                            + " is weighted,",
                    strategy);
        }
        if (name.equals(API_VERSION) && !Present.WEBFLUX && !Present.SERVLET) {
            throw InvalidSettingException.ofOthers(
                    property, "something else, or spring-webflux must be on the class path,", name);
        }
        if (name.equals(HEALTH_CHECK) && !Present.WEBFLUX && !Present.REST_CLIENT) {
            throw InvalidSettingException.ofOthers(
                    property, "something else, or spring-web must be on the class path,", name);
        }
    }

    private static String nameFor(String serviceId, Environment environment) {
        return environment
                .getProperty(propertyFor(serviceId, environment), NONE)
                .strip()
                .toLowerCase(Locale.ROOT);
    }

    /** The property that counts for a service: its own, if it is set. */
    private static String propertyFor(String serviceId, Environment environment) {
        return OF_CLIENT.stream()
                .map(own -> own.formatted(serviceId))
                .filter(environment::containsProperty)
                .findFirst()
                .orElse(PROPERTY);
    }

    private static ServiceInstanceListSupplierBuilder withApiVersion(ServiceInstanceListSupplierBuilder builder) {
        return Present.WEBFLUX ? builder.withReactiveApiVersioning() : builder.withBlockingApiVersioning();
    }

    /** What is on the class path. */
    private static final class Present {

        static final boolean WEBFLUX = isPresent("org.springframework.web.reactive.accept.ApiVersionStrategy");
        static final boolean SERVLET = isPresent("jakarta.servlet.http.HttpServletRequest");
        static final boolean REST_CLIENT = isPresent("org.springframework.web.client.RestClient");

        private static boolean isPresent(String type) {
            return ClassUtils.isPresent(type, SupplierConfigurations.class.getClassLoader());
        }
    }
}
