package io.github.zklb.autoconfigure;

import io.github.zklb.InvalidSettingException;
import io.github.zklb.springcloud.suppliers.SupplierConfigurations;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.core.env.ConfigurableEnvironment;

/** Looks at those properties of Spring Cloud LoadBalancer that mean something else, or nothing, where zk-lb is at work. */
final class LoadBalancerPropertiesCheck {

    private static final Logger log = LoggerFactory.getLogger(LoadBalancerPropertiesCheck.class);
    private static final String CLIENTS = "spring.cloud.loadbalancer.clients";
    private static final String CACHE = "spring.cloud.loadbalancer.cache.enabled";

    private LoadBalancerPropertiesCheck() {}

    /**
     * Refuses a supplier configuration that cannot be honoured, be it for all services or for one, and says so if a cache
     * was asked for.
     *
     * @param serviceIds the services with settings of their own
     * @param strategyOf the strategy of a service; of an empty id, the one of the others
     * @throws InvalidSettingException if there is such a configuration
     */
    static void check(Set<String> serviceIds, UnaryOperator<String> strategyOf, ConfigurableEnvironment environment) {
        SupplierConfigurations.check("", strategyOf.apply(""), environment);
        Set<String> all = new TreeSet<>(serviceIds);
        all.addAll(Binder.get(environment)
                .bind(CLIENTS, Bindable.mapOf(String.class, Object.class))
                .orElse(Map.of())
                .keySet());
        for (String id : all) {
            try {
                SupplierConfigurations.check(id, strategyOf.apply(id), environment);
            } catch (InvalidSettingException invalid) {
                throw invalid.inService(id);
            }
        }
        if (environment.getProperty(CACHE, Boolean.class, false)) {
            log.info(
                    "{}=true changes nothing for the services that zk-lb balances: it puts no cache around a list that "
                            + "ZooKeeper keeps up to date",
                    CACHE);
        }
    }
}
