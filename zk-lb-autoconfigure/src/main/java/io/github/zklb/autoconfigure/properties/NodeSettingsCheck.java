package io.github.zklb.autoconfigure.properties;

import io.github.zklb.codec.Printable;
import io.github.zklb.engine.EngineSettings;
import io.github.zklb.policy.SettingLayers;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.context.properties.bind.BindHandler;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.context.properties.bind.UnboundConfigurationPropertiesException;
import org.springframework.boot.context.properties.bind.handler.NoUnboundElementsBindHandler;
import org.springframework.boot.context.properties.source.ConfigurationProperty;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.MapConfigurationPropertySource;

/**
 * Looks whether the settings of a node in ZooKeeper can be: all of them are known by exactly these names, concern how an instance
 * is chosen, and have values that the application's own configuration might have. What that says does not matter, so that all
 * clients of the same kind judge alike.
 */
public final class NodeSettingsCheck implements SettingLayers.Check {

    private static final Pattern OF_OPERATORS = Pattern.compile(
            "strategy|routes|(consistent-hash|least-request|weight|load|load-report|slow-start|outlier-ejection|zone|routes)\\..+");

    /** What says who the client is, or which classes it has. */
    private static final Pattern OF_CLIENTS = Pattern.compile("zone\\.name|load\\.error-types");

    private final Consumer<EngineSettings> edge;

    /**
     * A check.
     *
     * @param edge throws an exception for settings of which the application does not know the strategy or a key source
     */
    public NodeSettingsCheck(Consumer<EngineSettings> edge) {
        this.edge = edge;
    }

    @Override
    public @Nullable String problem(Map<String, String> settings) {
        for (String each : settings.keySet()) {
            String problem = problem(each);
            if (problem != null) {
                return problem;
            }
        }
        try {
            ServiceProperties bound = new Binder(source(settings))
                    .bindOrCreate(
                            "zk-lb",
                            Bindable.of(ServiceProperties.class),
                            new NoUnboundElementsBindHandler(BindHandler.DEFAULT, source -> true));
            edge.accept(bound.toSettings(key -> null));
            return null;
        } catch (BindException e) {
            return Printable.of(words(e));
        } catch (RuntimeException e) {
            return Printable.of(String.valueOf(e.getMessage()));
        }
    }

    private static @Nullable String problem(String name) {
        String property = name.replaceAll("\\[\\d+]", "");
        String known = PropertyKeys.known(property);
        if (known == null || !property.startsWith(known)) {
            return Printable.of(name) + " is unknown (the nearest is " + PropertyKeys.nearest(property) + ")";
        }
        return OF_OPERATORS.matcher(property).matches()
                        && !OF_CLIENTS.matcher(property).matches()
                ? null
                : Printable.of(name) + " is for the application's own configuration";
    }

    private static String words(BindException e) {
        if (e.getCause() instanceof UnboundConfigurationPropertiesException unbound) {
            return "these have no place: "
                    + unbound.getUnboundProperties().stream()
                            .map(each -> each.getName().toString())
                            .sorted()
                            .toList();
        }
        ConfigurationProperty property = e.getProperty();
        return e.getName() + " cannot be " + (property == null ? "so" : "'" + property.getValue() + "'");
    }

    /** The settings as properties of all services. */
    static ConfigurationPropertySource source(Map<String, String> settings) {
        Map<String, String> properties = new HashMap<>();
        settings.forEach((name, value) -> properties.put("zk-lb." + name, value));
        return new MapConfigurationPropertySource(properties);
    }
}
