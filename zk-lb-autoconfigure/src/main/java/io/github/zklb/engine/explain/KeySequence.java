package io.github.zklb.engine.explain;

import io.github.zklb.Endpoint;
import io.github.zklb.Picker;
import io.github.zklb.Reason;
import io.github.zklb.engine.TieredPicker;
import io.github.zklb.engine.explain.Explanation.Step;
import io.github.zklb.engine.explain.Explanation.Verdict;
import io.github.zklb.strategy.KeyMap;
import io.github.zklb.strategy.KeyMap.Passed;
import io.github.zklb.traffic.Candidates;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Where a key's request goes and each attempt after it, and before them who passed the key on, as the pickers tell it.
 *
 * @param steps the endpoints; the one that is chosen is always there, unless there is none
 * @param leftOut how many more have passed the key on
 */
record KeySequence(List<Step> steps, int leftOut) {

    /** Why an endpoint of the first tier takes a part of its keys only. */
    private static final Set<Reason> OF_A_PART = Set.of(Reason.OTHER_ZONE, Reason.WARMING);

    /** What brings an endpoint to no later tier. */
    private static final Set<Reason> OF_NO_TIER =
            Set.of(Reason.REPORTED, Reason.OVERLAY_WEIGHT, Reason.WARMING, Reason.PANIC);

    /**
     * The sequence of a key.
     *
     * @param candidates the candidates as the request finds them
     * @param picker picks among them, and takes no place
     * @param hash the key's hash
     * @param most how many endpoints to show, at least 1
     */
    static KeySequence of(Candidates candidates, Picker picker, long hash, Set<Endpoint> tried, int most) {
        List<Step> steps = new ArrayList<>();
        List<Endpoint> attempts = attempts(picker, hash, tried, most);
        KeyMap asked = KeyMap.of(TieredPicker.asked(picker, tried));
        if (attempts.isEmpty() || asked == null) {
            return new KeySequence(steps, 0);
        }
        Map<Endpoint, Passed> passed = asked.passed(hash, attempts.get(0), tried);
        passed.forEach((endpoint, why) -> {
            if (steps.size() < most - 1) {
                steps.add(step(candidates, endpoint, Verdict.SKIPPED, reason(candidates, endpoint, why)));
            }
        });
        int leftOut = passed.size() - steps.size();
        for (Endpoint each : attempts) {
            if (steps.size() < most) {
                Verdict verdict = each.equals(attempts.get(0)) ? Verdict.CHOSEN : Verdict.NEXT;
                steps.add(step(candidates, each, verdict, reason(candidates, each, any -> true)));
            }
        }
        return new KeySequence(steps, leftOut);
    }

    /** Where the request and each attempt after it go, until all endpoints were tried. */
    private static List<Endpoint> attempts(Picker picker, long hash, Set<Endpoint> before, int most) {
        Set<Endpoint> tried = new HashSet<>(before);
        List<Endpoint> attempts = new ArrayList<>();
        while (attempts.size() < most) {
            KeyMap asked = KeyMap.of(TieredPicker.asked(picker, tried));
            Endpoint next = asked == null ? null : asked.pick(hash, tried);
            if (next == null || !tried.add(next)) {
                break;
            }
            attempts.add(next);
        }
        return attempts;
    }

    private static Step step(Candidates candidates, Endpoint endpoint, Verdict verdict, @Nullable String reason) {
        return new Step(endpoint.address(), candidates.tier(endpoint), verdict, reason);
    }

    /** Why an endpoint has passed a key on; null if it has no reason any more. */
    static @Nullable String reason(Candidates candidates, Endpoint endpoint, Passed why) {
        if (why != Passed.NOT_ACCEPTED) {
            return why.name();
        }
        boolean first = candidates.tier(endpoint) == 0;
        return reason(candidates, endpoint, each -> first ? OF_A_PART.contains(each) : !OF_NO_TIER.contains(each));
    }

    /** The reason of an endpoint that counts, among some; null without any. */
    static @Nullable String reason(Candidates candidates, Endpoint endpoint, Predicate<Reason> some) {
        return Explanation.counting(candidates.reasons().getOrDefault(endpoint, Set.of()))
                .filter(some)
                .max(Enum::compareTo)
                .map(Enum::name)
                .orElse(null);
    }
}
