package io.github.zklb.autoconfigure;

import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/**
 * Looks for service ids in the configuration that cannot mean what the user meant: a key that Spring Boot would read as
 * another id, and an id that is no host name, so that no URL can name it.
 */
final class ServiceIdCheck {

    private static final Logger log = LoggerFactory.getLogger(ServiceIdCheck.class);
    private static final Pattern WITHOUT_BRACKETS = Pattern.compile("zk-lb\\.services\\.([^.\\[]+).*");

    private ServiceIdCheck() {}

    /**
     * Refuses the first key that would lose characters: Spring Boot drops what is no letter, digit or hyphen from a key
     * without brackets.
     */
    static void refuseLossyKeys(ConfigurableEnvironment environment) {
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
    static void warnOfIdsThatAreNoHostNames(Set<String> serviceIds) {
        for (String id : new TreeSet<>(serviceIds)) {
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
}
