package io.github.zklb.strategy;

import io.github.zklb.Acceptance;
import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.Picker;
import io.github.zklb.Strategy;
import io.github.zklb.StrategyContext;
import io.github.zklb.strategy.ConsistentHashSettings.Identity;
import java.util.Arrays;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The same key to the same endpoint, from every client. O(1) a pick.
 *
 * <p>The table is made for all endpoints with their full weights, whatever they accept. An endpoint that accepts less
 * passes requests on along their keys' sequences, so that nothing moves but its own keys.
 */
final class ConsistentHashStrategy implements Strategy {

    private final Supplier<StrategySettings> settings;
    private final Function<String, Strategy> others;
    private final StrategyContext context;
    private final Ring.Budget rings;
    private String whenMissing;
    private Strategy withoutKey;

    private @Nullable Made last;

    /**
     * A table and what it was made of; the next one is made from it as far as that saves work. Immutable.
     *
     * @param rendezvous what the table is the answer of, if it is one of rendezvous hashing
     */
    record Made(
            ConsistentHashSettings settings,
            WeightedEndpoints candidates,
            KeyTable table,
            @Nullable Rendezvous rendezvous) {}

    /**
     * @param settings how keys are mapped; asked again for each picker
     * @param others makes the strategy of a name for requests without a key
     * @param context the loads of the endpoints, and who hears of the picks
     * @param rings what the rings of the client may have together
     */
    ConsistentHashStrategy(
            Supplier<StrategySettings> settings,
            Function<String, Strategy> others,
            StrategyContext context,
            Ring.Budget rings) {
        this.settings = settings;
        this.others = others;
        this.context = context;
        this.rings = rings;
        this.whenMissing = settings.get().consistentHash().whenMissing();
        this.withoutKey = others.apply(whenMissing);
    }

    /** Makes the next table from one that another strategy has made, unless that is a ring that had to be cut. */
    void goOnFrom(Made other) {
        long[] whole = Ring.counts(other.candidates, other.settings.virtualNodes(), Ring.MAX_POINTS);
        last = other.table instanceof Ring ring
                        && ring.size() < Arrays.stream(whole).sum()
                ? null
                : other;
    }

    @Override
    public Picker newPicker(HostSet hosts) {
        return newPicker(hosts, Acceptance.FULL);
    }

    @Override
    public Picker newPicker(HostSet hosts, Acceptance acceptance) {
        ConsistentHashSettings now = settings.get().consistentHash();
        WeightedEndpoints candidates = WeightedEndpoints.distinct(
                hosts,
                now.identity() == Identity.ADDRESS ? Endpoint::address : Endpoint::id,
                settings.get().maxWeightRatio());
        if (candidates.isEmpty()) {
            return request -> null;
        }
        Made made = made(candidates, now);
        double[] parts = parts(candidates.endpoints(), acceptance);
        Double bound = now.boundedLoad();
        boolean choose = now.replicas() > 1 && candidates.endpoints().length > 1;
        return new KeyPicker(
                candidates.endpoints(),
                made.table(),
                made,
                Arrays.stream(parts).allMatch(part -> part >= 1) ? null : parts,
                bound == null && !choose
                        ? null
                        : new BoundedLoad(
                                bound == null ? Double.POSITIVE_INFINITY : bound,
                                candidates,
                                parts,
                                context.loads(),
                                context.nanoTime()),
                choose,
                withoutKey(now.whenMissing()).newPicker(hosts, acceptance),
                context.picks());
    }

    /** The part of its share that each endpoint accepts, in proportion to the one that accepts most, which gets 1. */
    private static double[] parts(Endpoint[] endpoints, Acceptance acceptance) {
        double[] parts = Arrays.stream(endpoints).mapToDouble(acceptance::of).toArray();
        double most = Arrays.stream(parts).max().orElse(0);
        return Arrays.stream(parts).map(part -> most > 0 ? part / most : 1).toArray();
    }

    private Strategy withoutKey(String name) {
        if (!name.equals(whenMissing)) {
            withoutKey = others.apply(name);
            whenMissing = name;
        }
        return withoutKey;
    }

    /** The last table if neither the candidates nor the settings have changed. */
    private Made made(WeightedEndpoints candidates, ConsistentHashSettings now) {
        Made made = last;
        if (made == null || !candidates.haveSameSharesAs(made.candidates) || !now.equals(made.settings)) {
            made = newTable(candidates, now, made);
            last = made;
        }
        return made;
    }

    private Made newTable(WeightedEndpoints candidates, ConsistentHashSettings now, @Nullable Made before) {
        int slots = KeyTable.slots(candidates.endpoints().length, now.tableSize());
        return switch (now.algorithm()) {
            case RING -> new Made(now, candidates, ring(candidates, now.virtualNodes(), before), null);
            case MAGLEV -> new Made(now, candidates, Maglev.table(candidates, slots), null);
            case RENDEZVOUS -> {
                Rendezvous next = before == null || before.rendezvous == null
                        ? Rendezvous.of(candidates, slots)
                        : before.rendezvous.next(candidates, slots);
                yield new Made(now, candidates, next.table(), next);
            }
        };
    }

    private Ring ring(WeightedEndpoints candidates, int virtualNodes, @Nullable Made before) {
        long[] counts = Ring.counts(candidates, virtualNodes, Ring.MAX_POINTS);
        int points = (int) Arrays.stream(counts).sum();
        int granted = rings.grant(this, points);
        long[] fitting = granted < points ? Ring.counts(candidates, virtualNodes, granted) : counts;
        return before != null && before.table instanceof Ring ring
                ? ring.next(candidates, fitting)
                : Ring.of(candidates, fitting);
    }
}
