package io.github.zklb.actuate.overlays;

import static io.github.zklb.actuate.overlays.RefusedRequestException.BAD_REQUEST;
import static io.github.zklb.actuate.overlays.RefusedRequestException.UNAVAILABLE;

import io.github.zklb.actuate.RehearsedChange;
import io.github.zklb.actuate.ZkLbEndpoint;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.explain.Change;
import io.github.zklb.engine.explain.Rehearsals;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Rehearses overlays that are not written. Thread-safe. */
final class OverlayPreviews {

    /** So many endpoints are shown, those first that change most. */
    private static final int MOST = 1_000;

    private final Rehearsals rehearsals = new Rehearsals(Duration.ofSeconds(2));

    OverlayAnswer.Preview of(ServiceEngine engine, OverlayProposal proposal) throws RefusedRequestException {
        Change change =
                new Change(Set.of(), List.of(), Map.of(), null, List.of(proposal.counting()), engine.settings());
        try {
            Map<String, Object> asked = Map.of("overlay", proposal.words());
            return new OverlayAnswer.Preview(
                    ZkLbEndpoint.SCHEMA,
                    engine.serviceId(),
                    proposal.draft().name(),
                    proposal.standing(),
                    proposal.draft().id(),
                    RehearsedChange.of(engine, asked, rehearsals.rehearse(engine, change), MOST));
        } catch (IllegalArgumentException e) {
            throw new RefusedRequestException(BAD_REQUEST, String.valueOf(e.getMessage()));
        } catch (Rehearsals.Unavailable e) {
            throw new RefusedRequestException(UNAVAILABLE, String.valueOf(e.getMessage()));
        }
    }
}
