package io.github.zklb.strategy;

import io.github.zklb.Endpoint;
import io.github.zklb.PickContext;
import io.github.zklb.PickListener;
import io.github.zklb.Picker;
import java.util.Arrays;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Picks by the request's key: the first endpoint of the key's sequence that the request has not tried and that admits it.
 * Where the sequence leads to none within a reasonable number of steps, one is looked for among the candidates, beginning
 * with the key's owner.
 *
 * @param endpoints the candidates, by the index that the table uses
 * @param seeds the hashes of their identities
 * @param table maps keys to candidates
 * @param parts the part of its keys that each candidate accepts, or null where all accept all of them
 * @param bound how many requests a candidate takes, or null for as many as come
 * @param withoutKey picks for a request without a key
 * @param listener hears of the picks that do not go to the key's owner
 */
record KeyPicker(
        Endpoint[] endpoints,
        long[] seeds,
        KeyTable table,
        double @Nullable [] parts,
        @Nullable BoundedLoad bound,
        Picker withoutKey,
        PickListener listener)
        implements Picker {

    /** The most steps along a key's sequence, for each candidate and in addition. */
    private static final int STEPS_PER_CANDIDATE = 4;

    private static final int MORE_STEPS = 64;

    @Override
    public @Nullable Endpoint pick(PickContext context) {
        String key = context.key();
        if (key == null) {
            return fallback(context);
        }
        long hash = Hashing.ofText(key);
        int start = table.find(hash);
        int owner = table.owner(start);
        Set<Endpoint> tried = context.tried();
        if (tried.isEmpty() && admits(owner, hash)) {
            return endpoints[owner];
        }
        int picked = tried.isEmpty() || anyLeft(tried) ? another(start, hash, tried) : owner;
        if (picked != owner && !tried.contains(endpoints[owner])) {
            listener.spilled();
        }
        return endpoints[picked];
    }

    private @Nullable Endpoint fallback(PickContext context) {
        Endpoint endpoint = withoutKey.pick(context);
        if (endpoint != null) {
            listener.fallback();
        }
        return endpoint;
    }

    private boolean admits(int candidate, long hash) {
        return accepts(candidate, hash) && (bound == null || bound.admits(candidate));
    }

    /**
     * Which keys a candidate accepts follows from key and candidate, so that a key changes its endpoint once while the
     * candidate accepts more and more, and only to the candidate.
     */
    private boolean accepts(int candidate, long hash) {
        return parts == null
                || parts[candidate] >= 1
                || (Hashing.ofIndex(seeds[candidate], hash) >>> 11) * 0x1p-53 < parts[candidate];
    }

    private boolean anyLeft(Set<Endpoint> tried) {
        return tried.size() < endpoints.length || !tried.containsAll(Arrays.asList(endpoints));
    }

    private int another(int start, long hash, Set<Endpoint> tried) {
        int steps = Math.min(table.size(), STEPS_PER_CANDIDATE * endpoints.length + MORE_STEPS);
        for (int i = 0, place = start; i < steps; i++) {
            int candidate = table.owner(place);
            if (!tried.contains(endpoints[candidate]) && admits(candidate, hash)) {
                return candidate;
            }
            place = place + 1 < table.size() ? place + 1 : 0;
        }
        int owner = table.owner(start);
        return bound != null && tried.isEmpty() ? bound.anywhere(owner) : untried(owner, hash, tried);
    }

    /** An untried candidate, if possible one that takes the key; how many requests it has does not matter any more. */
    private int untried(int start, long hash, Set<Endpoint> tried) {
        int untried = start;
        for (int i = 0; i < endpoints.length; i++) {
            int candidate = (start + i) % endpoints.length;
            if (!tried.contains(endpoints[candidate])) {
                if (accepts(candidate, hash)) {
                    return candidate;
                }
                untried = candidate;
            }
        }
        return untried;
    }
}
