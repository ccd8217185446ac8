package io.github.zklb.policy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.zklb.codec.Printable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The JSON of operators' nodes. What is not as it must be is refused, in words that are safe in a log. Stateless. */
final class NodeJson {

    private static final int LONGEST_TEXT = 500;
    private static final ObjectReader JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES) // 2.10 is no 2.1
            .build()
            .reader();

    private NodeJson() {}

    static final class RefusedException extends Exception {

        private static final long serialVersionUID = 1L;

        RefusedException(String why) {
            super(why, null, false, false);
        }
    }

    static JsonNode parse(byte[] content, int mostBytes) throws RefusedException {
        require(content.length > 0, "it is empty");
        require(content.length <= mostBytes, "it has " + content.length + " bytes, more than " + mostBytes);
        try {
            return JSON.readTree(content);
        } catch (JsonProcessingException e) {
            throw new RefusedException("it is not JSON: " + Printable.of(String.valueOf(e.getOriginalMessage())));
        } catch (IOException e) {
            throw new RefusedException("it is not text: " + Printable.of(String.valueOf(e.getMessage())));
        }
    }

    static JsonNode object(JsonNode root) throws RefusedException {
        require(root.isObject(), "it is not a JSON object");
        return root;
    }

    static JsonNode object(JsonNode parent, String name) throws RefusedException {
        JsonNode object = parent.path(name);
        require(object.isObject(), name + " must be a JSON object but was " + shown(object));
        return object;
    }

    static boolean flag(String name, JsonNode flag) throws RefusedException {
        require(flag.isMissingNode() || flag.isBoolean(), name + " must be true or false but was " + shown(flag));
        return flag.asBoolean(false);
    }

    static @Nullable String text(String name, JsonNode text) throws RefusedException {
        if (text.isMissingNode()) {
            return null;
        }
        require(text.isTextual(), name + " must be a text in quotes but was " + shown(text));
        return wellFormed(name, text.textValue());
    }

    /** What is no Unicode could not be shown to anybody. */
    static String wellFormed(String name, String text) throws RefusedException {
        require(
                !text.isBlank()
                        && text.length() <= LONGEST_TEXT
                        && StandardCharsets.UTF_8.newEncoder().canEncode(text),
                name + " must have 1 to " + LONGEST_TEXT + " characters but was '" + Printable.of(text) + "'");
        return text;
    }

    static String required(String name, @Nullable String text) throws RefusedException {
        if (text == null) {
            throw new RefusedException(name + " is missing");
        }
        return text;
    }

    static void requireVersion(JsonNode version) throws RefusedException {
        require(version.isInt() && version.intValue() == 1, "v must be 1 but was " + shown(version));
    }

    static void requireKnown(String prefix, JsonNode object, Set<String> known) throws RefusedException {
        for (Map.Entry<String, JsonNode> field : object.properties()) {
            require(known.contains(field.getKey()), prefix + Printable.of(field.getKey()) + " is unknown");
        }
    }

    static void require(boolean holds, String otherwise) throws RefusedException {
        if (!holds) {
            throw new RefusedException(otherwise);
        }
    }

    static String shown(JsonNode node) {
        return node.isMissingNode() ? "absent" : Printable.of(node.toString());
    }
}
