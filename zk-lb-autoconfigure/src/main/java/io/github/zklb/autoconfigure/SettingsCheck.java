package io.github.zklb.autoconfigure;

import io.github.zklb.InvalidSettingException;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.springcloud.suppliers.SupplierConfigurations;
import java.io.Serial;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.cloud.context.environment.EnvironmentChangeEvent;
import org.springframework.context.ApplicationListener;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/**
 * Looks, while the application starts, for settings that cannot be or cannot mean what the user meant: also in those of
 * services that nobody calls yet, and in those of Spring Cloud LoadBalancer that mean something else where zk-lb is at
 * work.
 */
final class SettingsCheck implements SmartInitializingSingleton, ApplicationListener<EnvironmentChangeEvent> {

    private static final Logger log = LoggerFactory.getLogger(SettingsCheck.class);
    private static final Pattern WITHOUT_BRACKETS = Pattern.compile("zk-lb\\.services\\.([^.\\[]+).*");
    private static final String CLIENTS = "spring.cloud.loadbalancer.clients";
    private static final String CACHE = "spring.cloud.loadbalancer.cache.enabled";

    private final Set<String> serviceIds;
    private final ServiceEngines engines;
    private final ServicePropertiesBinder settings;
    private final ConfigurableEnvironment environment;

    /**
     * Checks nothing yet.
     *
     * @param serviceIds the services with settings of their own
     */
    SettingsCheck(
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
        refuseLossyKeys();
        warnOfIdsThatAreNoHostNames();
        engines.checkDefaults();
        serviceIds.forEach(engines::check);
        checkSuppliers();
        if (environment.getProperty(CACHE, Boolean.class, false)) {
            log.info(
                    "{}=true changes nothing for the services that zk-lb balances: it puts no cache around a list that "
                            + "ZooKeeper keeps up to date",
                    CACHE);
        }
    }

    /**
     * Whatever the event says has changed: its keys are spelled as they stand in their sources, and the value behind a
     * placeholder may have changed under a key of another name.
     */
    @Override
    public void onApplicationEvent(EnvironmentChangeEvent change) {
        engines.refresh();
    }

    /**
     * Refuses the first key that would lose characters: Spring Boot drops what is no letter, digit or hyphen from a key
     * without brackets.
     */
    private void refuseLossyKeys() {
        for (PropertySource<?> source : environment.getPropertySources()) {
            if (source instanceof EnumerablePropertySource<?> names
                    && !(source instanceof SystemEnvironmentPropertySource)) {
                for (String name : names.getPropertyNames()) {
                    Matcher matcher = WITHOUT_BRACKETS.matcher(name);
                    if (matcher.matches() && !matcher.group(1).matches("[A-Za-z0-9-]+")) {
                        throw new LossyServiceIdException(name, matcher.group(1));
                    }
                }
            }
        }
    }

    /** Warns of each id that cannot stand in a URL. */
    private void warnOfIdsThatAreNoHostNames() {
        for (String id : serviceIds) {
            if (!id.matches("[A-Za-z0-9.-]+")) {
                log.warn(
                        "zk-lb.services[{}]: '{}' is no host name, so that http://{}/ has no host and @LoadBalanced"
                                + " clients refuse it. Give it an alias that is one: "
                                + "spring.cloud.zookeeper.dependencies.<alias>.path=/{}; ZkLoadBalancer takes it as it is.",
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

    /** A key below {@code zk-lb.services} would be read as another service id than the one that is written there. */
    static final class LossyServiceIdException extends IllegalArgumentException {

        @Serial
        private static final long serialVersionUID = 1L;

        private final String remedy;

        LossyServiceIdException(String property, String id) {
            super("The property " + property + " would be read as one of the service '"
                    + id.replaceAll("[^A-Za-z0-9-]", "")
                    + "': Spring Boot drops all but letters, digits and hyphens from a key without brackets.");
            this.remedy = "Write " + property.replace("services." + id, "services.[" + id + "]") + ", or in YAML \"["
                    + id + "]\" as the key below zk-lb.services.";
        }

        String remedy() {
            return remedy;
        }
    }
}
