package io.github.zklb.actuate.overlays;

import static io.github.zklb.actuate.overlays.RefusedRequestException.BAD_REQUEST;
import static io.github.zklb.actuate.overlays.RefusedRequestException.UNPROCESSABLE;

import io.github.zklb.Message;
import io.github.zklb.actuate.OverlayDescription;
import io.github.zklb.actuate.ZkLbEndpoint;
import io.github.zklb.engine.EngineSettings;
import io.github.zklb.engine.Published;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.policy.KnownOverlays.Known;
import io.github.zklb.policy.Overlay;
import io.github.zklb.policy.OverlayDraft;
import io.github.zklb.policy.OverlayNode;
import io.github.zklb.policy.OverlayNode.Counting;
import io.github.zklb.policy.OverlayWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * An overlay that somebody wants, as clients would read it.
 *
 * @param draft what is to be written
 * @param ttl how long it is to last
 * @param counting the same as if it were there
 * @param standing what it takes the place of; null if nothing is there
 */
record OverlayProposal(
        OverlayDraft draft,
        Duration ttl,
        Counting counting,
        @Nullable OverlayNode standing) {

    static OverlayProposal of(ServiceEngine engine, OverlayQuestion question, String author, Instant now)
            throws RefusedRequestException {
        EngineSettings settings = engine.settings();
        Published published = engine.snapshots().published();
        OverlayDraft draft =
                question.draft(author, published.declared(), settings.zone().metadataKey());
        Duration ttl = question.ttl(settings.overlays().maxTtl());
        Overlay overlay;
        try {
            overlay = draft.overlay(now.plus(ttl));
        } catch (IllegalArgumentException e) {
            throw new RefusedRequestException(BAD_REQUEST, String.valueOf(e.getMessage()));
        }
        OverlayNode standing = standing(engine, draft.name());
        OverlayNode node = new OverlayNode(
                false,
                draft.name(),
                standing == null ? Long.MAX_VALUE : standing.created(),
                Long.MAX_VALUE,
                now,
                overlay);
        return new OverlayProposal(draft, ttl, new Counting(node, overlay), standing);
    }

    private static List<OverlayNode> own(ServiceEngine engine) {
        return engine.snapshots().published().overlays().nodes().stream()
                .map(Known::node)
                .filter(each -> !each.ofAll())
                .toList();
    }

    /** What this application has read last of a node; null if there is none. */
    static @Nullable OverlayNode standing(ServiceEngine engine, String name) {
        return own(engine).stream()
                .filter(each -> each.name().equals(name))
                .findFirst()
                .orElse(null);
    }

    /** What to send with it, so that it takes the place of nothing else. */
    long expectedVersion() {
        return standing == null ? OverlayWriter.ABSENT : standing.modified();
    }

    /** What to write, and what may go for it: what was written in the same way, and is over. */
    OverlayWriter.Draft content(ServiceEngine engine) {
        return new OverlayWriter.Draft(
                from -> draft.json(from.plus(ttl)),
                from -> own(engine).stream()
                        .filter(each -> each.content() instanceof Overlay overlay
                                && overlay.expires().isBefore(from)
                                && OverlayDraft.isOne(each.name(), overlay))
                        .collect(Collectors.toMap(OverlayNode::name, OverlayNode::modified)));
    }

    /** Whether this application has read it, or what others have written since. */
    boolean isRead(ServiceEngine engine, long version) {
        OverlayNode read = standing(engine, draft.name());
        return read != null && read.modified() >= version;
    }

    /** Looks whether clients with the settings of this one would refuse it. */
    void requireRoom(ServiceEngine engine) throws RefusedRequestException {
        String refused = engine.snapshots()
                .suppose(engine.snapshots().published().declared(), engine.settings(), List.of(counting))
                .refused()
                .get(counting.node().contentVersion());
        if (refused != null) {
            throw new RefusedRequestException(
                    UNPROCESSABLE,
                    Message.NO_ROOM_FOR_AN_OVERLAY.of("clients would refuse it: " + refused
                            + ". Drain less, or end what other overlays drain: over HTTP the limit"
                            + " is not overridden"));
        }
    }

    /**
     * What has come of it.
     *
     * @param warnings what the operator should know
     */
    OverlayAnswer.Written written(ServiceEngine engine, OverlayWriter.Written written, List<String> warnings) {
        Overlay overlay = counting.overlay();
        OverlayDescription read = OverlayDescription.of(engine.snapshots().published()).stream()
                .filter(each -> each.name().equals(draft.name()) && each.version() == written.version())
                .findFirst()
                .orElse(null);
        return new OverlayAnswer.Written(
                ZkLbEndpoint.SCHEMA,
                engine.serviceId(),
                draft.name(),
                written.version(),
                overlay.target().words(),
                OverlayDescription.Setting.of(overlay),
                written.from().plus(ttl),
                draft.author(),
                draft.reason(),
                read == null ? null : read.state(),
                read == null ? "this application has not read it yet" : read.because(),
                warnings);
    }
}
