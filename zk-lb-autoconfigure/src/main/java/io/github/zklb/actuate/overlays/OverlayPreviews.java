package io.github.zklb.actuate.overlays;

import static io.github.zklb.actuate.overlays.RefusedRequestException.BAD_REQUEST;
import static io.github.zklb.actuate.overlays.RefusedRequestException.UNAVAILABLE;

import io.github.zklb.Message;
import io.github.zklb.actuate.RehearsedChange;
import io.github.zklb.actuate.ZkLbEndpoint;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.explain.Change;
import io.github.zklb.engine.explain.Rehearsals;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Rehearses overlays that are not written. Thread-safe. */
final class OverlayPreviews {

    /** So many endpoints are shown, those first that change most. */
    private static final int MOST = 1_000;

    private final Rehearsals rehearsals;

    OverlayPreviews(Rehearsals rehearsals) {
        this.rehearsals = rehearsals;
    }

    OverlayAnswer.Preview of(ServiceEngine engine, OverlayProposal proposal, List<String> warnings)
            throws RefusedRequestException {
        Change change =
                new Change(Set.of(), List.of(), Map.of(), null, List.of(proposal.counting()), engine.settings());
        try {
            Map<String, Object> asked = Map.of("overlay", proposal.counting().words());
            return new OverlayAnswer.Preview(
                    ZkLbEndpoint.SCHEMA,
                    engine.serviceId(),
                    proposal.draft().name(),
                    proposal.expectedVersion(),
                    proposal.draft().id(),
                    proposal.counting().overlay().expires(),
                    warnings(proposal, warnings),
                    RehearsedChange.of(engine, asked, rehearsals.rehearse(engine, change), MOST));
        } catch (IllegalArgumentException e) {
            throw new RefusedRequestException(BAD_REQUEST, String.valueOf(e.getMessage()));
        } catch (Rehearsals.Unavailable e) {
            throw new RefusedRequestException(UNAVAILABLE, Message.NOT_POSSIBLE_NOW.of(String.valueOf(e.getMessage())));
        }
    }

    /** A registration whose id is always the same is not told from its successors. */
    private static List<String> warnings(OverlayProposal proposal, List<String> others) {
        if (!proposal.draft().value().equals(proposal.draft().id())) {
            return others;
        }
        List<String> warnings = new ArrayList<>(others);
        warnings.add("the id of the registration is its address: what is started there anew has the same, so that the"
                + " overlay counts for it too until it expires");
        return warnings;
    }
}
