package io.github.zklb.policy;

import io.github.zklb.Message;
import io.github.zklb.codec.Printable;
import io.github.zklb.policy.PolicyNode.Entry;
import io.github.zklb.policy.SettingLayers.Layer;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The policy of one service over time: what of it counts. While nothing of the node is understood, what it said before does. For
 * one thread at a time.
 */
public final class KnownPolicy {

    private final Consumer<String> warnings;
    private @Nullable PolicyNode valid;
    private @Nullable String warned;

    /**
     * Knows nothing yet.
     *
     * @param warnings takes what an operator should know, once each, safe for a log
     */
    public KnownPolicy(Consumer<String> warnings) {
        this.warnings = warnings;
    }

    /**
     * The node, and what counts of it.
     *
     * @param node as it was last read
     * @param entry what counts; null if nothing does
     * @param because why nothing new counts; null if it does
     */
    public record Known(
            PolicyNode node,
            @Nullable Entry entry,
            @Nullable String because) {

        /** What counts as a layer of settings; null if nothing does. */
        @Nullable Layer layer() {
            return entry == null ? null : new Layer(entry.settings(), origin(entry));
        }

        Known refusing(Map<Layer, String> refused) {
            Layer layer = layer();
            String why = layer == null ? null : refused.get(layer);
            return why == null ? this : new Known(node, null, why);
        }

        private String origin(Entry counting) {
            String author = counting.author();
            return "entry " + counting.entry() + " of " + Printable.of(node.path())
                    + (author == null ? "" : ", by " + Printable.of(author) + " as the node says");
        }

        /** What counts, in a few words that are fit for a log; null if nothing does. */
        public @Nullable String words() {
            return entry == null ? null : origin(entry) + ": " + SettingLayers.words(entry.settings());
        }
    }

    /**
     * Looks at the node as it was last read.
     *
     * @param node null if there is none
     */
    public @Nullable Known step(@Nullable PolicyNode node) {
        PolicyNode last = valid;
        if (node == null || node.content() instanceof Entry || last == null || last.created() != node.created()) {
            last = node != null && node.content() instanceof Entry ? node : null;
            valid = last;
        }
        Entry entry = last != null && last.content() instanceof Entry counting ? counting : null;
        if (node == null || !(node.content() instanceof PolicyNode.Invalid invalid)) {
            warned = null;
            return node == null ? null : new Known(node, entry, null);
        }
        String because = invalid.why() + (entry == null ? "" : "; what it said before counts");
        if (warned == null) {
            warnings.accept(Message.A_POLICY_IS_INVALID.of(
                    "the policy " + Printable.of(node.path()) + " is invalid: " + because));
            warned = because;
        }
        return new Known(node, entry, because);
    }
}
