package io.github.zklb.actuate.overlays;

import static io.github.zklb.actuate.overlays.RefusedRequestException.BAD_REQUEST;
import static io.github.zklb.actuate.overlays.RefusedRequestException.CONFLICT;
import static io.github.zklb.actuate.overlays.RefusedRequestException.UNPROCESSABLE;

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
import io.github.zklb.policy.OverlayNode.Version;
import io.github.zklb.policy.OverlayWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * An overlay that somebody wants, as clients would read it.
 *
 * @param draft what is to be written
 * @param ttl how long it is to last
 * @param counting the same as if it were there
 * @param standing the version of what it takes the place of
 */
record OverlayProposal(OverlayDraft draft, Duration ttl, Counting counting, int standing) {

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
        List<OverlayNode> own = own(published);
        OverlayNode standing = own.stream()
                .filter(each -> each.name().equals(draft.name()))
                .findFirst()
                .orElse(null);
        if (standing == null && own.size() >= OverlayNode.MOST) {
            throw new RefusedRequestException(
                    CONFLICT,
                    "the service has " + own.size()
                            + " overlays, and clients read no more: delete those that have expired");
        }
        OverlayNode node = new OverlayNode(
                false,
                draft.name(),
                standing == null ? Long.MAX_VALUE : standing.created(),
                Long.MAX_VALUE,
                0,
                now,
                overlay);
        return new OverlayProposal(
                draft, ttl, new Counting(node, overlay), standing == null ? OverlayWriter.ABSENT : standing.version());
    }

    private static List<OverlayNode> own(Published published) {
        return published.overlays().nodes().stream()
                .map(Known::node)
                .filter(each -> !each.ofAll())
                .toList();
    }

    /** Looks whether clients with the settings of this one would refuse it. */
    void requireRoom(ServiceEngine engine) throws RefusedRequestException {
        String refused = engine.snapshots()
                .suppose(engine.snapshots().published().declared(), engine.settings(), List.of(counting))
                .refused()
                .get(new Version(counting.node().id(), counting.node().modified()));
        if (refused != null) {
            throw new RefusedRequestException(
                    UNPROCESSABLE,
                    "clients would refuse it: " + refused
                            + ". Drain less, or end what other overlays drain: over HTTP the limit"
                            + " is not overridden");
        }
    }

    OverlayAnswer.Written written(String serviceId, OverlayWriter.Written written) {
        Overlay overlay = counting.overlay();
        return new OverlayAnswer.Written(
                ZkLbEndpoint.SCHEMA,
                serviceId,
                draft.name(),
                written.version(),
                overlay.target().words(),
                OverlayDescription.Setting.of(overlay),
                written.from().plus(ttl),
                draft.author(),
                draft.reason());
    }

    /** What it sets, fit for a log. */
    String words() {
        return counting.words();
    }
}
