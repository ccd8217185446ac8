package io.github.zklb.autoconfigure.properties;

import io.github.zklb.actuate.SettingOrigins;
import io.github.zklb.policy.SettingLayers;
import io.github.zklb.policy.SettingLayers.Layer;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.PropertySourcesPlaceholdersResolver;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.ConfigurationPropertyState;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.boot.convert.ApplicationConversionService;
import org.springframework.core.env.Environment;

/**
 * Binds the properties of one service: what stands below {@code zk-lb.services.<id>} in any source, and for the rest
 * what stands below {@code zk-lb}. What operators have set lies above both, or between them. A list of the service replaces the
 * default list as a whole.
 */
public final class ServicePropertiesBinder implements SettingOrigins {

    private static final ConfigurationPropertyName DEFAULTS = ConfigurationPropertyName.of("zk-lb");
    private static final ConfigurationPropertyName SERVICES = DEFAULTS.append("services");

    private final Environment environment;
    private @Nullable ServiceProperties defaults;

    public ServicePropertiesBinder(Environment environment) {
        this.environment = environment;
    }

    /** The environment has changed: looks at the defaults again. */
    synchronized void refresh() {
        defaults = null;
    }

    public ServiceProperties bind(String serviceId) {
        return bind(serviceId, SettingLayers.NONE);
    }

    /** The same with what operators have set. */
    public ServiceProperties bind(String serviceId, SettingLayers layers) {
        List<ConfigurationPropertySource> sources = sources();
        List<ConfigurationPropertyName> spellings = spellings(serviceId);
        if (layers.equals(SettingLayers.NONE)
                && sources.stream().noneMatch(source -> spellings.stream().anyMatch(name -> mayHave(source, name)))) {
            return defaults(sources);
        }
        Stream<ConfigurationPropertySource> above =
                layers.above().stream().map(layer -> NodeSettingsCheck.source(layer.settings()));
        Stream<ConfigurationPropertySource> own =
                spellings.stream().flatMap(overrides -> sources.stream().map(source -> laidOver(source, overrides)));
        Layer policy = layers.below();
        Stream<ConfigurationPropertySource> below =
                policy == null ? Stream.empty() : Stream.of(NodeSettingsCheck.source(policy.settings()));
        return bind(Stream.of(above, own, below, sources.stream()).flatMap(each -> each));
    }

    /** As a document writes the name, whatever the spelling. */
    @Override
    public @Nullable String of(String serviceId, SettingLayers layers, String setting) {
        List<ConfigurationPropertySource> sources = sources();
        ConfigurationPropertyName all = DEFAULTS.append(setting);
        for (Layer layer : layers.above()) {
            if (isSet(all, layer)) {
                return layer.origin();
            }
        }
        if (spellings(serviceId).stream().anyMatch(own -> isSet(own.append(setting), sources))) {
            String id = serviceId.matches("[a-z0-9-]+") ? '.' + serviceId : '[' + serviceId + ']';
            return SERVICES + id + '.' + setting;
        }
        Layer below = layers.below();
        if (below != null && isSet(all, below)) {
            return below.origin();
        }
        return isSet(all, sources) ? all.toString() : null;
    }

    private static boolean isSet(ConfigurationPropertyName name, Layer layer) {
        return isSet(name, List.of(NodeSettingsCheck.source(layer.settings())));
    }

    /** As one value, or as a list of several. */
    private static boolean isSet(ConfigurationPropertyName name, List<ConfigurationPropertySource> sources) {
        return sources.stream()
                .anyMatch(source -> source.getConfigurationProperty(name) != null
                        || source.containsDescendantOf(name) == ConfigurationPropertyState.PRESENT);
    }

    private List<ConfigurationPropertySource> sources() {
        return StreamSupport.stream(
                        ConfigurationPropertySources.get(environment).spliterator(), false)
                .toList();
    }

    /** Most services have nothing of their own, and Spring takes milliseconds to bind all of this. */
    private synchronized ServiceProperties defaults(List<ConfigurationPropertySource> sources) {
        ServiceProperties known = defaults;
        if (known == null) {
            defaults = known = bind(sources.stream());
        }
        return known;
    }

    private ServiceProperties bind(Stream<ConfigurationPropertySource> sources) {
        return new Binder(
                        sources.toList(),
                        new PropertySourcesPlaceholdersResolver(environment),
                        ApplicationConversionService.getSharedInstance())
                .bindOrCreate(DEFAULTS.toString(), ServiceProperties.class);
    }

    private static boolean mayHave(ConfigurationPropertySource source, ConfigurationPropertyName name) {
        return source.containsDescendantOf(name) != ConfigurationPropertyState.ABSENT;
    }

    /** The id in brackets and, where it may be written so, without; the two are not equal for an id with a hyphen. */
    private static List<ConfigurationPropertyName> spellings(String serviceId) {
        ConfigurationPropertyName inBrackets = SERVICES.append('[' + serviceId + ']');
        return serviceId.matches("[A-Za-z0-9-]+")
                ? List.of(inBrackets, ConfigurationPropertyName.adapt(SERVICES + "." + serviceId, '.'))
                : List.of(inBrackets);
    }

    private static ConfigurationPropertySource laidOver(
            ConfigurationPropertySource source, ConfigurationPropertyName overrides) {
        return source instanceof IterableConfigurationPropertySource iterable
                ? new LaidOver(iterable, overrides)
                : name -> source.getConfigurationProperty(below(overrides, name));
    }

    private static ConfigurationPropertyName below(ConfigurationPropertyName prefix, ConfigurationPropertyName name) {
        // Spring Boot cannot cut a deep name that was appended to (ArrayIndexOutOfBoundsException), but one that was
        // parsed.
        ConfigurationPropertyName parsed = ConfigurationPropertyName.adapt(name.toString(), '.');
        return prefix.append(parsed.subName(DEFAULTS.getNumberOfElements()));
    }

    /** A source that tells its names too: of a map the binder knows the keys by nothing else. */
    private record LaidOver(IterableConfigurationPropertySource source, ConfigurationPropertyName overrides)
            implements IterableConfigurationPropertySource {

        @Override
        public @Nullable ConfigurationProperty getConfigurationProperty(ConfigurationPropertyName name) {
            return source.getConfigurationProperty(below(overrides, name));
        }

        @Override
        public Stream<ConfigurationPropertyName> stream() {
            return source.stream()
                    .filter(overrides::isAncestorOf)
                    .map(name -> DEFAULTS.append(name.subName(overrides.getNumberOfElements())));
        }
    }
}
