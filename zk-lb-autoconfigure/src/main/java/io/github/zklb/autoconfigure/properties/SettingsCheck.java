package io.github.zklb.autoconfigure.properties;

import io.github.zklb.InvalidSettingException;
import io.github.zklb.Message;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.springcloud.suppliers.SupplierConfigurations;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.cloud.context.environment.EnvironmentChangeEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.core.env.ConfigurableEnvironment;

/**
 * Looks, while the application starts, for settings that cannot be or cannot mean what the user meant: also in those of
 * services that nobody calls yet, and in those of Spring Cloud LoadBalancer that mean something else where zk-lb is at
 * work.
 */
public final class SettingsCheck implements SmartInitializingSingleton, ApplicationListener<EnvironmentChangeEvent> {

    private static final Logger log = LoggerFactory.getLogger(SettingsCheck.class);
    private static final String CLIENTS = "spring.cloud.loadbalancer.clients";

    private final Set<String> serviceIds;
    private final ServiceEngines engines;
    private final ServicePropertiesBinder settings;
    private final ConfigurableEnvironment environment;
    private final PropertyKeys keys = new PropertyKeys();

    /**
     * Checks nothing yet.
     *
     * @param serviceIds the services with settings of their own
     */
    public SettingsCheck(
            Set<String> serviceIds,
            ServiceEngines engines,
            ServicePropertiesBinder settings,
            ConfigurableEnvironment environment) {
        this.serviceIds = new TreeSet<>(serviceIds);
        this.engines = engines;
        this.settings = settings;
        this.environment = environment;
    }

    @Override
    public void afterSingletonsInstantiated() {
        keys.check(environment);
        warnOfIdsThatAreNoHostNames();
        engines.checkDefaults();
        serviceIds.forEach(engines::check);
        checkSuppliers();
    }

    /**
     * Whatever the event says has changed: its keys are spelled as they stand in their sources, and the value behind a
     * placeholder may have changed under a key of another name.
     */
    @Override
    public void onApplicationEvent(EnvironmentChangeEvent change) {
        try {
            keys.check(environment);
        } catch (InvalidConfigurationPropertyValueException e) {
            log.error("{}", Message.A_KEY_THAT_NEEDS_BRACKETS.of(String.valueOf(e.getMessage())));
        }
        settings.refresh();
        engines.refresh();
    }

    /** Warns of each id that cannot stand in a URL. */
    private void warnOfIdsThatAreNoHostNames() {
        for (String id : serviceIds) {
            if (!id.matches("[A-Za-z0-9.-]+")) {
                log.warn(
                        Message.A_SERVICE_ID_THAT_IS_NO_HOST_NAME.of(
                                "zk-lb.services[{}]: '{}' is no host name, so that http://{}/ has no host and @LoadBalanced"
                                        + " clients refuse it. Give it an alias that is one: "
                                        + "spring.cloud.zookeeper.dependencies.<alias>.path=/{}; ZkLoadBalancer takes it as it is."),
                        id,
                        id,
                        id,
                        id);
            }
        }
    }

    /** Refuses a supplier configuration that cannot be honoured, be it for all services or for one. */
    private void checkSuppliers() {
        SupplierConfigurations.check("", settings.bind("").strategy(), environment);
        Set<String> all = new TreeSet<>(serviceIds);
        all.addAll(Binder.get(environment)
                .bind(CLIENTS, Bindable.mapOf(String.class, Object.class))
                .orElse(Map.of())
                .keySet());
        for (String id : all) {
            try {
                SupplierConfigurations.check(id, settings.bind(id).strategy(), environment);
            } catch (InvalidSettingException invalid) {
                throw invalid.inService(id);
            }
        }
    }
}
