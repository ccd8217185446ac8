package io.github.zklb.autoconfigure;

import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.PropertySourcesPlaceholdersResolver;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.core.env.Environment;

/**
 * Binds the properties of one service: what stands below {@code zk-lb.services.<id>} in any source, and for the rest
 * what stands below {@code zk-lb}. A list of the service replaces the default list as a whole.
 */
final class ServicePropertiesBinder {

    private static final ConfigurationPropertyName DEFAULTS = ConfigurationPropertyName.of("zk-lb");
    private static final ConfigurationPropertyName SERVICES = DEFAULTS.append("services");

    private final Environment environment;

    ServicePropertiesBinder(Environment environment) {
        this.environment = environment;
    }

    ServiceProperties bind(String serviceId) {
        List<ConfigurationPropertySource> sources = StreamSupport.stream(
                        ConfigurationPropertySources.get(environment).spliterator(), false)
                .toList();
        Stream<ConfigurationPropertySource> ofService =
                spellings(serviceId).flatMap(overrides -> sources.stream().map(source -> laidOver(source, overrides)));
        return new Binder(
                        Stream.concat(ofService, sources.stream()).toList(),
                        new PropertySourcesPlaceholdersResolver(environment),
                        ApplicationConversionService.getSharedInstance())
                .bindOrCreate(DEFAULTS.toString(), ServiceProperties.class);
    }

    /** The id in brackets and, where it may be written so, without; the two are not equal for an id with a hyphen. */
    private static Stream<ConfigurationPropertyName> spellings(String serviceId) {
        ConfigurationPropertyName inBrackets = SERVICES.append('[' + serviceId + ']');
        return serviceId.matches("[A-Za-z0-9-]+")
                ? Stream.of(inBrackets, ConfigurationPropertyName.adapt(SERVICES + "." + serviceId, '.'))
                : Stream.of(inBrackets);
    }

    private static ConfigurationPropertySource laidOver(
            ConfigurationPropertySource source, ConfigurationPropertyName overrides) {
        return name -> source.getConfigurationProperty(overrides.append(name.subName(DEFAULTS.getNumberOfElements())));
    }
}
