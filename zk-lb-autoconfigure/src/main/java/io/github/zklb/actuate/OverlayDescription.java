package io.github.zklb.actuate;

import io.github.zklb.engine.Published;
import io.github.zklb.policy.KnownOverlays.Known;
import io.github.zklb.policy.Overlay;
import io.github.zklb.policy.OverlayNode;
import io.github.zklb.policy.OverlayNode.Counting;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What an operator has set for a service, by a node in ZooKeeper.
 *
 * @param name the node's name; that of one for all services begins with {@code _all/}
 * @param version the version of what the node says: an opaque number that no other content of any node has
 * @param writtenAt when it was written last, by ZooKeeper's clock
 * @param target whom it is about; null, as what follows, if it cannot be understood and nothing earlier counts
 * @param set what it sets
 * @param expires when it ends
 * @param author who has written it, as the node says
 * @param reason why, as the node says
 * @param state what has become of it
 * @param because why it is not applied, or that it is applied and no instance matches it; else null
 */
public record OverlayDescription(
        String name,
        long version,
        Instant writtenAt,
        @Nullable String target,
        @Nullable Setting set,
        @Nullable Instant expires,
        @Nullable String author,
        @Nullable String reason,
        State state,
        @Nullable String because) {

    /** What has become of an overlay. */
    public enum State {
        /** It is in effect, be it that it concerns no endpoint. */
        APPLIED,
        /** It would leave too little to serve, or what it sets cannot be together with the other settings. */
        REFUSED,
        /** It is meant for other applications. */
        OTHER_APPLICATION,
        /** Its time is over. */
        EXPIRED,
        /** It cannot be understood, or is to last too long: what the node said before counts until it expires. */
        INVALID
    }

    /**
     * What an overlay sets.
     *
     * @param weightPercent what weights count for, in percent; null if it sets none
     * @param drain whether there are to be no requests
     * @param settings what it sets of the service's settings, by the names of properties; null if it sets none
     */
    public record Setting(
            @Nullable Integer weightPercent,
            boolean drain,
            @Nullable Map<String, String> settings) {

        /** What one sets. */
        public static Setting of(Overlay overlay) {
            Map<String, String> settings = overlay.settings();
            return new Setting(overlay.weightPercent(), overlay.drain(), settings.isEmpty() ? null : settings);
        }
    }

    /** All that a service has. */
    public static List<OverlayDescription> of(Published now) {
        return now.overlays().nodes().stream().map(each -> of(each, now)).toList();
    }

    private static OverlayDescription of(Known known, Published now) {
        OverlayNode node = known.node();
        Counting counting = known.counting();
        Overlay overlay = counting != null ? counting.overlay() : node.content() instanceof Overlay read ? read : null;
        String refusal = now.steering().refused().get(node.contentVersion());
        return new OverlayDescription(
                node.id(),
                node.modified(),
                node.writtenAt(),
                overlay == null ? null : overlay.target().words(),
                overlay == null ? null : Setting.of(overlay),
                overlay == null ? null : overlay.expires(),
                overlay == null ? null : overlay.author(),
                overlay == null ? null : overlay.reason(),
                state(known.state(), refusal),
                refusal == null ? because(known, now) : refusal);
    }

    private static @Nullable String because(Known known, Published now) {
        Counting counting = known.counting();
        return known.because() == null && counting != null && matchesNone(counting.overlay(), now)
                ? "no instance matches it now"
                : known.because();
    }

    /** It may be meant for an instance that is to come, or its target may be mistyped. */
    private static boolean matchesNone(Overlay overlay, Published now) {
        String zoneKey = now.settings().zone().metadataKey();
        return now.known().endpoints().stream()
                .noneMatch(each -> overlay.target().matches(each, zoneKey));
    }

    private static State state(io.github.zklb.policy.KnownOverlays.State state, @Nullable String refusal) {
        return switch (state) {
            case VALID -> refusal == null ? State.APPLIED : State.REFUSED;
            case REFUSED -> State.REFUSED;
            case OTHER_APPLICATION -> State.OTHER_APPLICATION;
            case EXPIRED -> State.EXPIRED;
            case INVALID -> State.INVALID;
        };
    }
}
