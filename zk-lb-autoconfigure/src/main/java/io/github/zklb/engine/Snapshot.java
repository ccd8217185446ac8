package io.github.zklb.engine;

import io.github.zklb.Endpoint;
import io.github.zklb.PickContext;
import io.github.zklb.Picker;
import io.github.zklb.membership.Membership;
import io.github.zklb.traffic.Candidates;
import org.jspecify.annotations.Nullable;

/**
 * What a request reads. Immutable; a change publishes another one.
 *
 * @param membership the registered endpoints
 * @param candidates what the stages made of them
 * @param picker picks from what they left
 * @param view what the edge made of the same endpoints, in advance
 */
public record Snapshot(Membership membership, Candidates candidates, Picker picker, Object view) {

    /** The endpoint for one request, or null if there is none to give; one of the candidates' own objects. */
    public @Nullable Endpoint pick(PickContext context) {
        return picker.pick(context);
    }

    /** The same endpoints and picker, with what the membership says of itself now. */
    Snapshot with(Membership newMembership) {
        return new Snapshot(newMembership, candidates, picker, view);
    }
}
