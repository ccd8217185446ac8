package io.github.zklb.policy;

import static io.github.zklb.policy.NodeJson.object;
import static io.github.zklb.policy.NodeJson.require;
import static io.github.zklb.policy.NodeJson.requireKnown;
import static io.github.zklb.policy.NodeJson.requireVersion;
import static io.github.zklb.policy.NodeJson.text;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.zklb.policy.NodeJson.RefusedException;
import io.github.zklb.policy.PolicyNode.Entry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads the JSON of a policy: a list of entries, of which the first counts that is understood as a whole. So the owner of a
 * service may write what only newer clients know, with what older ones are to do behind it. Stateless.
 */
public final class PolicyDecoder {

    /** The largest policy that is read, in bytes. */
    public static final int MAX_BYTES = OverlayDecoder.MAX_BYTES;

    private static final int MOST_ENTRIES = 16;
    private static final Set<String> FIELDS = Set.of("v", "set", "author", "reason");

    private PolicyDecoder() {}

    /**
     * What a node's content says.
     *
     * @param check looks whether the settings of an entry can be
     */
    public static PolicyNode.Content decode(byte[] content, SettingLayers.Check check) {
        try {
            JsonNode entries = NodeJson.parse(content, MAX_BYTES);
            require(
                    entries.isArray() && !entries.isEmpty() && entries.size() <= MOST_ENTRIES,
                    "it is not a JSON list of 1 to " + MOST_ENTRIES + " entries");
            return first(entries, check);
        } catch (RefusedException e) {
            return new PolicyNode.Invalid(String.valueOf(e.getMessage()));
        }
    }

    private static PolicyNode.Content first(JsonNode entries, SettingLayers.Check check) {
        List<String> skipped = new ArrayList<>();
        for (int i = 0; i < entries.size(); i++) {
            try {
                return entry(i + 1, entries.get(i), check, skipped);
            } catch (RefusedException e) {
                skipped.add("entry " + (i + 1) + ": " + e.getMessage());
            }
        }
        return new PolicyNode.Invalid(String.join("; ", skipped));
    }

    private static Entry entry(int number, JsonNode entry, SettingLayers.Check check, List<String> skipped)
            throws RefusedException {
        requireKnown("", object(entry), FIELDS);
        requireVersion(entry.path("v"));
        Map<String, String> settings = NodeSettings.of(object(entry, "set"));
        String author = text("author", entry.path("author"));
        String reason = text("reason", entry.path("reason"));
        String problem = check.problem(settings);
        require(problem == null, String.valueOf(problem));
        return new Entry(number, settings, author, reason, List.copyOf(skipped));
    }
}
