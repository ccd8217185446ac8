package io.github.zklb.policy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Locale;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A weight or a drain that is to be written as an overlay, for one endpoint, zone or version. Immutable.
 *
 * @param kind what it is about
 * @param value which one: an address, a zone or a version
 * @param id the id of the registration that is meant; null if whoever is there, or if it is not about an endpoint
 * @param weightPercent what weights are to count for, in percent; null if that is not set
 * @param drain whether there are to be no requests
 * @param author who sets it
 * @param reason why; null if that is not told
 */
public record OverlayDraft(
        Kind kind,
        String value,
        @Nullable String id,
        @Nullable Integer weightPercent,
        boolean drain,
        String author,
        @Nullable String reason) {

    private static final int READABLE = 40;
    private static final int DISTINCT = 8;
    private static final String VERSION = "version";

    /** What a draft may be about. */
    public enum Kind {
        /** Who is at an address. */
        ENDPOINT,
        /** Those of a zone. */
        ZONE,
        /** Those whose metadata name a version. */
        VERSION
    }

    /**
     * The name of its node: the same for all that is about the same, so that a later draft takes the place of an earlier one.
     * What cannot stand in a name is left out, and a few digits of a digest tell those apart that look alike then.
     */
    public static String name(Kind kind, String value) {
        String readable = value.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-");
        String digest =
                UUID.nameUUIDFromBytes(value.getBytes(StandardCharsets.UTF_8)).toString();
        return kind.name().toLowerCase(Locale.ROOT)
                + '-'
                + readable.substring(0, Math.min(READABLE, readable.length()))
                + '-'
                + digest.substring(0, DISTINCT);
    }

    /** The name of its node. */
    public String name() {
        return name(kind, value);
    }

    /** Whether a node has what a draft gives it, and nothing else. */
    public static boolean isOne(String name, byte[] content) {
        return isOne(name, OverlayDecoder.decode(content));
    }

    /** The same of a content that was read. */
    public static boolean isOne(String name, OverlayNode.Content content) {
        if (!(content instanceof Overlay overlay) || overlay.author() == null) {
            return false;
        }
        OverlayDraft draft = of(overlay, overlay.author());
        return draft != null
                && draft.name().equals(name)
                && OverlayDecoder.decode(draft.json(overlay.expires())).equals(overlay);
    }

    /** The draft of a content; null if it is about what no draft is about. What no draft can say is left out. */
    private static @Nullable OverlayDraft of(Overlay overlay, String author) {
        Kind kind;
        String value;
        String id = null;
        if (overlay.target() instanceof Overlay.AtAddress at) {
            kind = Kind.ENDPOINT;
            value = at.address();
            id = at.id();
        } else if (overlay.target() instanceof Overlay.InZone in) {
            kind = Kind.ZONE;
            value = in.zone();
        } else if (overlay.target() instanceof Overlay.WithMetadata with
                && with.entries().containsKey(VERSION)) {
            kind = Kind.VERSION;
            value = String.valueOf(with.entries().get(VERSION));
        } else {
            return null;
        }
        return new OverlayDraft(kind, value, id, overlay.weightPercent(), overlay.drain(), author, overlay.reason());
    }

    /**
     * What clients read.
     *
     * @throws IllegalArgumentException if they would not understand it; the message says why
     */
    public Overlay overlay(Instant expires) {
        OverlayNode.Content content = OverlayDecoder.decode(json(expires));
        if (content instanceof Overlay overlay) {
            return overlay;
        }
        throw new IllegalArgumentException(((OverlayNode.Invalid) content).why());
    }

    /** What is to stand in its node. */
    public byte[] json(Instant expires) {
        ObjectNode root = JsonNodeFactory.instance.objectNode().put("v", 1);
        ObjectNode target = root.putObject("target");
        switch (kind) {
            case ENDPOINT -> target.put("endpoint", value);
            case ZONE -> target.put("zone", value);
            case VERSION -> target.putObject("metadata").put(VERSION, value);
        }
        if (id != null) {
            target.put("id", id);
        }
        ObjectNode set = root.putObject("set");
        if (weightPercent != null) {
            set.put("weight-percent", weightPercent);
        }
        if (drain) {
            set.put("drain", true);
        }
        root.put("expires", expires.toString()).put("author", author);
        if (reason != null) {
            root.put("reason", reason);
        }
        return root.toString().getBytes(StandardCharsets.UTF_8);
    }
}
