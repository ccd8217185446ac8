package io.github.zklb.policy;

import io.github.zklb.codec.Printable;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What operators have set of a service's settings, beside what the application's own configuration says. Immutable.
 *
 * @param above lie over all that the application says, the first over the others
 * @param below lies under what the application says of the service, and over what it says of all services; null if nothing does
 */
public record SettingLayers(List<Layer> above, @Nullable Layer below) {

    /** Nothing is set. */
    public static final SettingLayers NONE = new SettingLayers(List.of(), null);

    /** Copies the list. */
    public SettingLayers {
        above = List.copyOf(above);
    }

    /**
     * Settings of one node.
     *
     * @param settings texts by the names of properties below {@code zk-lb}, as a configuration file spells them
     * @param origin where they stand, fit for a log
     */
    public record Layer(Map<String, String> settings, String origin) {}

    /** All of them, those that go before others first. */
    public List<Layer> inOrder() {
        return below == null
                ? above
                : Stream.concat(above.stream(), Stream.of(below)).toList();
    }

    /** The same with one behind those that there are. */
    public SettingLayers with(Layer other, boolean isBelow) {
        return isBelow
                ? new SettingLayers(above, other)
                : new SettingLayers(
                        Stream.concat(above.stream(), Stream.of(other)).toList(), below);
    }

    /** Looks whether settings can be, by themselves: all clients of the same kind find the same. */
    @FunctionalInterface
    public interface Check {

        /** Why they cannot be, fit for a log; null if they can. */
        @Nullable String problem(Map<String, String> settings);
    }

    /** Settings in a few words, fit for a log. */
    static String words(Map<String, String> settings) {
        Map<String, String> words = new LinkedHashMap<>();
        settings.forEach((name, value) -> {
            boolean isOfRoute = name.startsWith("routes[");
            String list = isOfRoute ? "routes" : name.replaceFirst("\\[\\d+]$", "");
            words.merge(list, isOfRoute ? "" : '=' + value, (one, other) -> one + other.replaceFirst("^=", " "));
        });
        return Printable.of(words.entrySet().stream()
                .map(each -> each.getKey() + each.getValue())
                .collect(Collectors.joining(", ")));
    }
}
