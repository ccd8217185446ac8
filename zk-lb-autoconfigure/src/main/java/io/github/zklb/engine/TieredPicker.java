package io.github.zklb.engine;

import io.github.zklb.Acceptance;
import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Picker;
import io.github.zklb.Strategy;
import io.github.zklb.traffic.Candidates;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Picks in the first tier that has an endpoint which the request has not tried. A tier whose endpoints were all tried is not
 * asked, so that nothing is reserved there; it is asked only if the same is true of every other. O(tiers) beside the pick
 * itself, for a request that has tried some O(n).
 */
public final class TieredPicker implements Picker {

    /** The last tier of those that serve as they should; behind it are those that may not serve at all. */
    static final int GOOD = Candidates.OTHER_ZONES;

    private final Tier[] tiers;

    private record Tier(int number, List<Endpoint> members, Picker picker) {

        boolean isUntried(Set<Endpoint> tried) {
            return tried.size() < members.size() || !tried.containsAll(members);
        }
    }

    private TieredPicker(List<Tier> tiers) {
        this.tiers = tiers.toArray(Tier[]::new);
    }

    /**
     * The picker for some candidates. The first tier's knows all of them and gives nothing to those of later tiers: so the
     * keys of one that comes to a later tier, or back, move as those of an ejected one do.
     *
     * @param strategies the strategy of each tier
     */
    public static Picker of(Candidates candidates, IntFunction<Strategy> strategies) {
        return last(candidates) == 0
                ? strategies.apply(0).newPicker(candidates.hosts(), candidates.acceptance())
                : row(candidates, strategies);
    }

    /** The picker for some candidates, as a part of others. */
    static TieredPicker row(Candidates candidates, IntFunction<Strategy> strategies) {
        HostSet all = candidates.hosts();
        int last = last(candidates);
        List<Tier> tiers = new ArrayList<>();
        for (int i = 0; i <= last; i++) {
            int tier = i;
            HostSet members = all.filter(endpoint -> candidates.tier(endpoint) == tier);
            if (!members.isEmpty()) {
                Picker picker = tier == 0
                        ? strategies
                                .apply(tier)
                                .newPicker(all, candidates.acceptance().and(each -> candidates.tier(each) == 0 ? 1 : 0))
                        : strategies.apply(tier).newPicker(members, orWhole(candidates.acceptance()));
                tiers.add(new Tier(tier, members.endpoints(), picker));
            }
        }
        return new TieredPicker(tiers);
    }

    private static int last(Candidates candidates) {
        return candidates.hosts().endpoints().stream()
                .mapToInt(candidates::tier)
                .max()
                .orElse(0);
    }

    /**
     * Picks from one row of candidates after the other, of each those that serve as they should, and then from all endpoints.
     *
     * @param rows rows of candidates; the same endpoint may be in several
     * @param all all endpoints
     * @param everything picks from these
     */
    static Picker inTurn(List<TieredPicker> rows, HostSet all, Picker everything) {
        List<Tier> tiers = new ArrayList<>();
        for (TieredPicker row : rows) {
            for (Tier tier : row.tiers) {
                if (tier.number <= GOOD) {
                    tiers.add(tier);
                }
            }
        }
        tiers.add(new Tier(0, all.endpoints(), everything));
        return new TieredPicker(tiers);
    }

    /** The picker that a picker of tiers asks first; any other one itself. */
    public static Picker first(Picker picker) {
        return asked(picker, Set.of());
    }

    /** The same for a request that has tried some: that of the first tier in which one is left, or of the first one of all. */
    public static Picker asked(Picker picker, Set<Endpoint> tried) {
        if (!(picker instanceof TieredPicker tiered)) {
            return picker;
        }
        for (Tier tier : tiered.tiers) {
            if (tried.isEmpty() || tier.isUntried(tried)) {
                return asked(tier.picker, tried);
            }
        }
        return tiered.tiers.length == 0 ? request -> null : asked(tiered.tiers[0].picker, tried);
    }

    /** Who is given nothing in the first tier, and therefore is in a later one, is given its share there. */
    private static Acceptance orWhole(Acceptance acceptance) {
        return endpoint -> acceptance.of(endpoint) == 0 ? 1 : acceptance.of(endpoint);
    }

    @Override
    public @Nullable Endpoint pick(PickContext context) {
        Set<Endpoint> tried = context.tried();
        for (Tier tier : tiers) {
            if (tried.isEmpty() || tier.isUntried(tried)) {
                Endpoint picked = tier.picker.pick(context);
                if (picked != null) {
                    return picked;
                }
            }
        }
        return tried.isEmpty() ? null : triedBefore(context);
    }

    private @Nullable Endpoint triedBefore(PickContext context) {
        for (Tier tier : tiers) {
            Endpoint picked = tier.picker.pick(context);
            if (picked != null) {
                return picked;
            }
        }
        return null;
    }
}
