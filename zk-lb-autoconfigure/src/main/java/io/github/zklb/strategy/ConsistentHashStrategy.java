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
final class ConsistentHashStrategy implements AcceptingStrategy {

    private final Supplier<ConsistentHashSettings> settings;
    private final Function<String, Strategy> others;
    private final StrategyContext context;
    private final KeyTables tables = new KeyTables();
    private String whenMissing;
    private Strategy withoutKey;

    /**
     * @param settings how keys are mapped; asked again for each picker
     * @param others makes the strategy of a name for requests without a key
     * @param context the loads of the endpoints, and who hears of the picks
     */
    ConsistentHashStrategy(
            Supplier<ConsistentHashSettings> settings, Function<String, Strategy> others, StrategyContext context) {
        this.settings = settings;
        this.others = others;
        this.context = context;
        this.whenMissing = settings.get().whenMissing();
        this.withoutKey = others.apply(whenMissing);
    }

    @Override
    public Picker newPicker(HostSet hosts, Acceptance acceptance) {
        ConsistentHashSettings now = settings.get();
        Candidates candidates = Candidates.distinct(hosts, identity(now));
        if (candidates.isEmpty()) {
            return request -> null;
        }
        Endpoint[] endpoints = candidates.endpoints();
        double[] parts = PartialAcceptance.parts(endpoints, acceptance);
        return new KeyPicker(
                endpoints,
                tables.of(candidates, now),
                PartialAcceptance.of(parts, candidates.hashes()),
                bound(now.boundedLoad(), candidates, parts),
                withoutKey(now.whenMissing()).newPicker(hosts, acceptance),
                context.picks());
    }

    private Strategy withoutKey(String name) {
        if (!name.equals(whenMissing)) {
            withoutKey = others.apply(name);
            whenMissing = name;
        }
        return withoutKey;
    }

    private @Nullable BoundedLoad bound(@Nullable Double bound, Candidates candidates, double[] parts) {
        if (bound == null) {
            return null;
        }
        double[] weights = Arrays.stream(candidates.weights()).asDoubleStream().toArray();
        Arrays.setAll(weights, i -> weights[i] * parts[i]);
        return new BoundedLoad(bound, weights, candidates.endpoints(), context.loads());
    }

    private static Function<Endpoint, String> identity(ConsistentHashSettings settings) {
        return settings.identity() == Identity.ADDRESS ? Endpoint::address : Endpoint::id;
    }
}
