package io.github.zklb.policy;

import static io.github.zklb.policy.NodeJson.require;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.zklb.codec.Printable;
import io.github.zklb.policy.NodeJson.RefusedException;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Makes of a JSON object, whose fields have the names of properties, these properties: texts by whole names. What they mean is
 * not its affair. Stateless.
 */
final class NodeSettings {

    private static final int DEEPEST = 8;
    private static final int MOST = 500;
    private static final Pattern PLAIN = Pattern.compile("[a-z0-9-]+");

    private NodeSettings() {}

    static Map<String, String> of(JsonNode object) throws RefusedException {
        Map<String, String> settings = new LinkedHashMap<>();
        addFields("", object, settings, 0);
        return Collections.unmodifiableMap(settings);
    }

    private static void addFields(String prefix, JsonNode object, Map<String, String> settings, int depth)
            throws RefusedException {
        require(!object.isEmpty(), "set" + (prefix.isEmpty() ? "" : '.' + Printable.of(prefix)) + " is empty");
        for (Map.Entry<String, JsonNode> field : object.properties()) {
            String name = field.getKey();
            requireHarmless(name, name);
            require(
                    !name.isBlank() && name.indexOf('[') < 0 && name.indexOf(']') < 0,
                    "set has a field '" + Printable.of(name) + "', which no property is called");
            boolean isPlain = PLAIN.matcher(name).matches();
            add(
                    prefix + (isPlain ? (prefix.isEmpty() ? "" : ".") + name : '[' + name + ']'),
                    field.getValue(),
                    settings,
                    depth);
        }
    }

    private static void add(String name, JsonNode value, Map<String, String> settings, int depth)
            throws RefusedException {
        require(depth < DEEPEST && settings.size() < MOST, "set has more than " + MOST + " settings, or too deep ones");
        if (value.isObject()) {
            addFields(name, value, settings, depth + 1);
        } else if (value.isArray() && !value.isEmpty()) {
            for (int i = 0; i < value.size(); i++) {
                add(name + '[' + i + ']', value.get(i), settings, depth + 1);
            }
        } else {
            require(!value.isNull(), "set." + Printable.of(name) + " must not be null");
            String text = value.isArray() ? "" : value.asText(); // an empty list, as a configuration file has it
            requireHarmless(name, text);
            settings.put(name, text);
        }
    }

    /** A placeholder would show whoever writes here what the application's configuration says elsewhere. */
    private static void requireHarmless(String name, String text) throws RefusedException {
        require(!text.contains("${"), "set." + Printable.of(name) + " must have no placeholder ${...}");
        require(
                StandardCharsets.UTF_8.newEncoder().canEncode(text),
                "set." + Printable.of(name) + " is no Unicode: '" + Printable.of(text) + "'");
    }
}
