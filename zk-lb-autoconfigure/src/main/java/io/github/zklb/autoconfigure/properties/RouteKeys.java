package io.github.zklb.autoconfigure.properties;

import io.github.zklb.Message;
import io.github.zklb.codec.Printable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.InvalidConfigurationPropertyValueException;

/** Looks at the keys of a route's metadata, and at their values, for those that would be read as others. */
final class RouteKeys {

    private static final Pattern METADATA =
            Pattern.compile("(?is)(zk[-_]?lb\\..*routes\\[\\d+](?:\\.split\\[\\d+])?\\.to)(?:\\.(.+)|\\[.*)");

    private RouteKeys() {}

    /**
     * Refuses a metadata key of which Spring Boot would drop characters.
     *
     * @throws InvalidConfigurationPropertyValueException if it would
     */
    static void refuseLossyMetadata(String key, @Nullable Object value) {
        Matcher metadata = METADATA.matcher(key);
        if (metadata.matches()
                && metadata.group(2) != null
                && !metadata.group(2).matches("[A-Za-z0-9.-]+")) {
            String name = metadata.group(2);
            throw new InvalidConfigurationPropertyValueException(
                    key,
                    value,
                    Message.A_KEY_THAT_NEEDS_BRACKETS.of(
                            ("It would be read as the metadata key '%s': without brackets, Spring Boot drops all but letters, digits,"
                                            + " hyphens and dots. Write %s[%s], or in YAML \"[%s]\" as the key below 'to'.")
                                    .formatted(
                                            name.replaceAll("[^A-Za-z0-9.-]", ""),
                                            Printable.of(metadata.group(1)),
                                            Printable.of(name),
                                            Printable.of(name))));
        }
    }

    /** Whether a value of the metadata is a number with a fraction, of which nobody knows how it was written. */
    static boolean isRounded(String key, @Nullable Object value) {
        return (value instanceof Double || value instanceof Float)
                && METADATA.matcher(key).matches();
    }
}
