package io.github.zklb.autoconfigure.properties;

import io.github.zklb.Message;
import io.github.zklb.actuate.ZkLbHealthAutoConfiguration;
import io.github.zklb.actuate.metrics.ZkLbMetricsAutoConfiguration;
import io.github.zklb.codec.Printable;
import io.github.zklb.registration.RegistrationProperties;
import io.github.zklb.reports.web.LoadReportProperties;
import io.github.zklb.strategy.StrategyCatalogue;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.context.properties.bind.DataObjectPropertyName;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.SystemEnvironmentPropertySource;

/**
 * Looks at the keys below {@code zk-lb} for those that do not mean what they say: service ids that Spring Boot would read
 * as other ones, and names that nothing reads. Keys are compared as Spring Boot compares them: capitals, hyphens and
 * underscores do not count.
 */
public final class PropertyKeys {

    private static final Logger log = LoggerFactory.getLogger(PropertyKeys.class);
    private static final Pattern KEY = Pattern.compile("(?is)zk[-_]?lb\\.(.+)");
    private static final Pattern OF_SERVICE = Pattern.compile("(?is)services(?:\\.?\\[.*?](.*)|\\.([^.\\[]+)(.*))");
    private static final Pattern VARIABLE = Pattern.compile("ZK_?LB_(.+?)(?:_\\d+_?)*");

    /** What Kubernetes sets for services of its own whose names begin with zk-lb. */
    private static final Pattern KUBERNETES =
            Pattern.compile("ZK_LB_(.*_)?(SERVICE_(HOST|PORT)(_.*)?|PORT(_\\d+_.*)?)");

    /** How the known names are written, by how they are compared; the id of a service is "id" there. */
    static final Map<String, String> NAMES = new TreeMap<>();

    private static final Set<String> GROUPS = new HashSet<>();

    /** The known names below which a user chooses more. */
    private static final Set<String> MAPS = new HashSet<>();

    static {
        addNames("", ServiceProperties.class);
        addNames("services.<id>.", ServiceProperties.class);
        addNames("", ZkLbProperties.class);
        addNames("zookeeper.", ZooKeeperProperties.class);
        addNames("registration.", RegistrationProperties.class);
        addNames("load-report.", LoadReportProperties.class);
        addNames("health.", ZkLbHealthAutoConfiguration.Properties.class);
        addNames("metrics.", ZkLbMetricsAutoConfiguration.Properties.class);
    }

    private final Set<String> told = new HashSet<>();

    private static void addNames(String prefix, Class<?> type) {
        for (RecordComponent component : type.getRecordComponents()) {
            String name = prefix + DataObjectPropertyName.toDashedForm(component.getName());
            if (component.getType().isRecord()) {
                GROUPS.add(uniform(name));
                addNames(name + '.', component.getType());
            } else if (elementType(component) instanceof Class<?> element && element.isRecord()) {
                NAMES.put(uniform(name), name);
                addNames(name + '.', element);
            } else {
                if (component.getType() == Map.class && type != ZkLbProperties.class) {
                    MAPS.add(uniform(name) + '.');
                }
                NAMES.put(uniform(name), name);
            }
        }
    }

    private static @Nullable Type elementType(RecordComponent component) {
        return component.getType() == List.class
                        && component.getGenericType() instanceof ParameterizedType parameterized
                ? parameterized.getActualTypeArguments()[0]
                : null;
    }

    /**
     * Warns, once for all and never again, of the keys that nothing reads.
     *
     * @throws InvalidConfigurationPropertyValueException if a service id would be read as another one
     */
    synchronized void check(ConfigurableEnvironment environment) {
        Set<String> unknown = new TreeSet<>();
        Set<String> numbers = new TreeSet<>();
        for (PropertySource<?> source : environment.getPropertySources()) {
            if (source instanceof EnumerablePropertySource<?> enumerable) {
                for (String key : enumerable.getPropertyNames()) {
                    String nearest = source instanceof SystemEnvironmentPropertySource
                            ? nearestToUnknownVariable(key)
                            : nearestToUnknownKey(key, source.getProperty(key));
                    if (RouteKeys.isRounded(key, source.getProperty(key)) && told.add(key)) {
                        numbers.add(Printable.of(key) + " (" + source.getProperty(key) + ")");
                    }
                    if (nearest != null && told.add(key)) {
                        unknown.add(Printable.of(key) + " (the nearest is zk-lb." + nearest + ")");
                    }
                }
            }
        }
        if (!numbers.isEmpty()) {
            log.warn(
                    Message.A_VERSION_THAT_IS_A_NUMBER.of(
                            "These are numbers, and YAML reads an unquoted 2.10 as 2.1; write them in quotes: {}"),
                    String.join(", ", numbers));
        }
        if (!unknown.isEmpty()) {
            log.warn(
                    Message.A_PROPERTY_THAT_NOTHING_READS.of(
                            "Nothing reads these properties, and they have no effect: {}"),
                    String.join(", ", unknown));
        }
    }

    /** The nearest known name, if the key is below {@code zk-lb} and not known. */
    static @Nullable String nearestToUnknownKey(String key, @Nullable Object value) {
        Matcher ours = KEY.matcher(key);
        if (!ours.matches()) {
            return null;
        }
        RouteKeys.refuseLossyMetadata(key, value);
        Matcher ofService = OF_SERVICE.matcher(ours.group(1));
        if (!ofService.matches()) {
            return nearestToUnknown(uniform(ours.group(1)));
        }
        if (ofService.group(1) != null) {
            return nearestToUnknown(ofService(ofService.group(1)));
        }
        String name = ofService.group(3);
        int end = endOfId(name);
        refuseLossyId(key, value, ofService.group(2) + name.substring(0, end), name.substring(end));
        return nearestToUnknown(ofService(name));
    }

    /**
     * How much of what follows the first dot belongs to the id, as it was meant: nothing if it is the name of a property, or
     * in a group, even with a typing error; else all before the last part that is a name.
     */
    private static int endOfId(String name) {
        String group = ofService(name).replaceFirst("(services\\.id\\.[^.]*).*", "$1");
        boolean right = isKnown(ofService(name))
                || GROUPS.stream().anyMatch(known -> StrategyCatalogue.edits(group, known) <= 1);
        return IntStream.range(1, right ? 1 : name.length())
                .filter(i -> name.charAt(i) == '.' && NAMES.containsKey(ofService(name.substring(i))))
                .findFirst()
                .orElse(0);
    }

    private static void refuseLossyId(String key, @Nullable Object value, String id, String name) {
        if (!id.matches("[A-Za-z0-9-]+")) {
            String readAs = id.replaceFirst("\\..*", "").replaceAll("[^A-Za-z0-9-]", "");
            throw new InvalidConfigurationPropertyValueException(
                    key,
                    value,
                    Message.A_KEY_THAT_NEEDS_BRACKETS.of(
                            ("It would be read as one of the service '%s': without brackets, Spring Boot ends an id at a dot and drops"
                                            + " all but letters, digits and hyphens. Write zk-lb.services[%s]%s, or in YAML \"[%s]\""
                                            + " as the key below zk-lb.services.")
                                    .formatted(readAs, Printable.of(id), Printable.of(name), Printable.of(id))));
        }
    }

    /** In a variable nothing tells a hyphen, or the end of a service id, from a dot. */
    static @Nullable String nearestToUnknownVariable(String variable) {
        Matcher ours = VARIABLE.matcher(variable);
        if (!ours.matches() || KUBERNETES.matcher(variable).matches()) {
            return null;
        }
        String name = uniform(ours.group(1).replaceAll("_\\d+(?=_)", ""));
        boolean known = Stream.concat(NAMES.keySet().stream(), MAPS.stream().map(each -> each + "id."))
                .map(each -> each.replace(".id.", "_").replace(".", "").replace("_", ".+"))
                .anyMatch(name::matches);
        return known ? null : nearestToUnknown(name);
    }

    /** The known name of a property of services, or of the map that it is in; null if it is not known. */
    static @Nullable String known(String name) {
        String compared = uniform(name);
        return Stream.concat(
                        Stream.ofNullable(NAMES.get(compared)),
                        MAPS.stream()
                                .filter(compared::startsWith)
                                .map(each -> NAMES.get(each.replaceFirst("\\.$", ""))))
                .findFirst()
                .orElse(null);
    }

    /** The known name that is the nearest to one that is not known. */
    static String nearest(String name) {
        return String.valueOf(NAMES.get(nearest(uniform(name), NAMES.keySet()).orElseThrow()));
    }

    private static @Nullable String nearestToUnknown(String name) {
        return isKnown(name) ? null : NAMES.get(nearest(name, NAMES.keySet()).orElseThrow());
    }

    /** What is empty in YAML, be it a group, is a key with an empty value. */
    private static boolean isKnown(String name) {
        return NAMES.containsKey(name)
                || NAMES.keySet().stream().anyMatch(known -> known.startsWith(name + '.'))
                || MAPS.stream().anyMatch(name::startsWith);
    }

    private static String ofService(String name) {
        return uniform("services.id." + name);
    }

    /** As names are compared; an element of a list counts as the list. */
    private static String uniform(String name) {
        return name.toLowerCase(Locale.ROOT)
                .replaceAll("(\\[\\d+])+|[^a-z0-9.\\[\\]]", "")
                .replaceAll("[\\[\\].]+", ".")
                .replaceAll("^\\.|\\.$", "");
    }

    /** The known name that ends with the given one behind a dot, or else that is the fewest edits away; empty if none is known. */
    public static Optional<String> nearest(String name, Collection<String> known) {
        return known.stream()
                .min(Comparator.<String>comparingInt(
                                each -> each.endsWith('.' + name) ? 0 : StrategyCatalogue.edits(name, each))
                        .thenComparing(Comparator.naturalOrder()));
    }
}
