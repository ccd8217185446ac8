package io.github.zklb.strategy;

import io.github.zklb.Endpoint;
import io.github.zklb.PickContext;
import io.github.zklb.PickListener;
import io.github.zklb.Picker;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Picks by the request's key: the first endpoint of the key's sequence that the request has not tried and that admits it.
 * Where keys have two endpoints, the less loaded of the first two comes first, which spreads a hot key over both of them and
 * leaves every other where it is (partial key grouping; Nasir et al., "The power of both choices", 2015).
 * Where the sequence leads to none within a reasonable number of steps, one is looked for among the candidates, beginning
 * with the key's owner.
 *
 * @param endpoints the candidates, by the index that the table uses
 * @param table maps keys to candidates
 * @param made the same table, and what it was made of
 * @param parts the part of its keys that each candidate accepts, or null where all accept all of them
 * @param load what the candidates have in flight and may have, or null where that does not matter
 * @param chooses whether keys have two endpoints
 * @param withoutKey picks for a request without a key
 * @param listener hears of the picks that do not go to the key's owner
 */
record KeyPicker(
        Endpoint[] endpoints,
        KeyTable table,
        ConsistentHashStrategy.Made made,
        double @Nullable [] parts,
        @Nullable BoundedLoad load,
        boolean chooses,
        Picker withoutKey,
        PickListener listener)
        implements Picker {

    /** The most steps along a key's sequence, for each candidate and in addition. */
    private static final int STEPS_PER_CANDIDATE = 4;

    private static final int MORE_STEPS = 64;
    private static final int NOWHERE = -1;

    @Override
    public @Nullable Endpoint pick(PickContext context) {
        String key = context.key();
        return key == null ? fallback(context) : pick(Hashing.ofText(key), context.tried());
    }

    /** The endpoint for a request whose key has this hash. */
    Endpoint pick(long hash, Set<Endpoint> tried) {
        int start = table.find(hash);
        int owner = table.owner(start);
        if (!chooses && tried.isEmpty() && admits(owner, hash)) {
            return endpoints[owner];
        }
        int from = chooses ? lessLoaded(start, hash, tried) : start;
        int picked = tried.isEmpty() || anyLeft(tried) ? another(from, hash, tried) : owner;
        boolean chosen = chooses && picked == table.owner(from) && accepts(owner, hash);
        if (picked != owner && !chosen && !tried.contains(endpoints[owner])) {
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
        return accepts(candidate, hash) && (load == null || load.admits(candidate));
    }

    /**
     * Which keys a candidate accepts follows from key and candidate, so that a key changes its endpoint once while the
     * candidate accepts more and more, and only to the candidate.
     */
    private boolean accepts(int candidate, long hash) {
        return parts == null
                || parts[candidate] >= 1
                || (Hashing.ofIndex(made.candidates().seeds()[candidate], hash) >>> 11) * 0x1p-53 < parts[candidate];
    }

    private boolean anyLeft(Set<Endpoint> tried) {
        return tried.size() < endpoints.length || !tried.containsAll(Arrays.asList(endpoints));
    }

    /** The place of the less loaded of the first two endpoints that take the key; the first of them wins a tie. */
    private int lessLoaded(int start, long hash, Set<Endpoint> tried) {
        int first = NOWHERE;
        for (int i = 0, place = start; i < steps(); i++, place = after(place)) {
            int candidate = table.owner(place);
            boolean other = first == NOWHERE || candidate != table.owner(first);
            if (other && !tried.contains(endpoints[candidate]) && accepts(candidate, hash)) {
                if (first != NOWHERE) {
                    return load != null && load.isLighter(candidate, table.owner(first)) ? place : first;
                }
                first = place;
            }
        }
        return first == NOWHERE ? start : first;
    }

    private int steps() {
        return Math.min(table.size(), STEPS_PER_CANDIDATE * endpoints.length + MORE_STEPS);
    }

    /** The candidate that a key which enters at a place is offered as number {@code step}, from 0, as long as none takes it. */
    int offered(int place, int step) {
        int steps = steps();
        return step < steps
                ? table.owner((int) (((long) place + step) % table.size()))
                : (table.owner(place) + step - steps) % endpoints.length;
    }

    /** The untried candidates that a key comes to before the one that it was given, in their order, and why each passed it on. */
    Map<Endpoint, KeyMap.Passed> passed(long hash, Endpoint picked, Set<Endpoint> tried) {
        Map<Endpoint, KeyMap.Passed> passed = new LinkedHashMap<>();
        BitSet seen = new BitSet();
        int place = table.find(hash);
        for (int step = 0; seen.cardinality() < endpoints.length; step++) {
            int candidate = offered(place, step);
            if (endpoints[candidate].equals(picked)) {
                break;
            }
            if (!seen.get(candidate) && !tried.contains(endpoints[candidate])) {
                passed.put(endpoints[candidate], whyPassed(candidate, hash));
            }
            seen.set(candidate);
        }
        return passed;
    }

    private KeyMap.Passed whyPassed(int candidate, long hash) {
        if (load == null || !accepts(candidate, hash)) {
            return KeyMap.Passed.NOT_ACCEPTED;
        }
        return chooses && !load.isFull(candidate) ? KeyMap.Passed.BUSIER : KeyMap.Passed.FULL;
    }

    private int after(int place) {
        return place + 1 < table.size() ? place + 1 : 0;
    }

    private int another(int start, long hash, Set<Endpoint> tried) {
        for (int i = 0, place = start; i < steps(); i++, place = after(place)) {
            int candidate = table.owner(place);
            if (!tried.contains(endpoints[candidate]) && admits(candidate, hash)) {
                return candidate;
            }
        }
        int owner = table.owner(start);
        return load != null && tried.isEmpty() ? load.anywhere(owner) : untried(owner, hash, tried);
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
