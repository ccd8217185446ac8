package io.github.zklb.engine.explain;

import io.github.zklb.Acceptance;
import io.github.zklb.Endpoint;
import io.github.zklb.EndpointLoads;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.PickListener;
import io.github.zklb.Picker;
import io.github.zklb.Reason;
import io.github.zklb.Strategy;
import io.github.zklb.StrategyContext;
import io.github.zklb.engine.EngineSettings;
import io.github.zklb.engine.Published;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.Snapshot;
import io.github.zklb.engine.TieredPicker;
import io.github.zklb.engine.explain.Explanation.Share;
import io.github.zklb.engine.explain.Explanation.Step;
import io.github.zklb.engine.explain.Explanation.Verdict;
import io.github.zklb.strategy.ConsistentHashSettings;
import io.github.zklb.strategy.KeyMap;
import io.github.zklb.strategy.StrategyCatalogue;
import io.github.zklb.traffic.Candidates;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * A service as it is, or as it is supposed to be: what the stages make of its endpoints, and pickers of that which are made to
 * be looked at, by the code that makes the service's own. For one thread at a time; without any effect on the requests.
 */
public final class Scenario {

    private final ServiceEngine engine;
    private final EngineSettings settings;
    private final HostSet known;
    private final Candidates candidates;
    private final Strategies strategies;
    private final Picker picker;
    private final Picker first;
    private @Nullable Picker plain;

    private Scenario(
            ServiceEngine engine,
            EngineSettings settings,
            HostSet known,
            Candidates candidates,
            Strategies strategies) {
        this.engine = engine;
        this.settings = settings;
        this.known = known;
        this.candidates = candidates;
        this.strategies = strategies;
        this.picker = TieredPicker.of(candidates, strategies.by(settings));
        this.first = TieredPicker.first(picker);
    }

    /** The strategies of the tiers, which make a picker from the one before as far as that saves work. */
    private static final class Strategies implements IntFunction<Strategy> {

        private final ServiceEngine engine;
        private final EndpointLoads loads;
        private final List<Strategy> byTier = new ArrayList<>();
        private EngineSettings settings;

        Strategies(ServiceEngine engine, EngineSettings settings, EndpointLoads loads) {
            this.engine = engine;
            this.settings = settings;
            this.loads = loads;
        }

        Strategies by(EngineSettings next) {
            if (!next.strategy().equals(settings.strategy())) {
                byTier.clear();
            }
            settings = next;
            return this;
        }

        @Override
        public Strategy apply(int tier) {
            while (byTier.size() <= tier) {
                byTier.add(newStrategy());
            }
            return byTier.get(tier);
        }

        private Strategy newStrategy() {
            StrategyContext context = new StrategyContext(
                    engine.serviceId(), new SplittableRandom(), System::nanoTime, loads, PickListener.NONE);
            return engine.strategiesApart().create(settings.strategy(), () -> settings.strategySettings(), context);
        }
    }

    /** The service as requests find what it has published; null before the first answer of its registry. O(n log n). */
    public static @Nullable Scenario present(ServiceEngine engine, Published now) {
        Snapshot current = now.snapshot();
        return current == null && engine.membership() != null
                ? null
                : new Scenario(
                        engine,
                        now.settings(),
                        now.known(),
                        current == null ? now.candidates() : current.candidates(),
                        new Strategies(engine, now.settings(), new ReadOnlyLoads(engine.loads())));
    }

    /** The service with certain endpoints and settings, when all have the same load. O(n log n). */
    static Scenario supposed(ServiceEngine engine, HostSet endpoints, EngineSettings settings) {
        return new Scenario(
                engine,
                settings,
                endpoints,
                engine.snapshots().suppose(endpoints, settings),
                new Strategies(engine, settings, EndpointLoads.NONE));
    }

    /** The same service with other ones; of this one only the shares and the keys are to be looked at from then on. */
    Scenario then(HostSet endpoints, EngineSettings others) {
        return new Scenario(engine, others, endpoints, engine.snapshots().suppose(endpoints, others), strategies);
    }

    HostSet known() {
        return known;
    }

    EngineSettings settings() {
        return settings;
    }

    Candidates candidates() {
        return candidates;
    }

    /** Where the keys of first attempts go; null if no key matters, or there is no endpoint. */
    @Nullable KeyMap keys() {
        return KeyMap.of(first);
    }

    /**
     * The part of the picks of each endpoint.
     *
     * @param byAddress from 0 to 1; an endpoint without picks may be missing
     * @param exact whether that is computed, and whatever the loads are; if not, it is for equal loads, or drawn
     */
    record Shares(Map<String, Double> byAddress, boolean exact) {}

    /** Of first attempts, with keys where keys matter. */
    Shares shares() {
        Map<String, Double> computed = StrategyCatalogue.shares(first);
        return computed == null
                ? new Shares(drawn(PickContext.NONE), candidates.hosts().isEmpty())
                : new Shares(computed, keys() != null || !StrategyCatalogue.isByLoad(first));
    }

    private Map<String, Double> drawn(PickContext request) {
        Map<String, Double> shares = new HashMap<>();
        for (int i = 0; i < Explanation.DRAWS; i++) {
            Endpoint picked = picker.pick(request);
            if (picked != null) {
                shares.merge(picked.address(), 1.0, Double::sum);
            }
        }
        shares.replaceAll((address, picks) -> picks / Explanation.DRAWS);
        return shares;
    }

    /**
     * Explains where a request goes.
     *
     * @param most how many endpoints to show of the sequence and of the shares, at least 1
     */
    public Explanation explain(PickContext request, int most) {
        boolean keyed = request.key() != null && settings.strategy().equals(ConsistentHashSettings.STRATEGY);
        return keyed ? explainKey(picker, plain(), request, most) : explainShares(request, most);
    }

    /** The same for a request of whose key the hash is known; what has no use for a hash takes it for one without a key. */
    public Explanation explain(long hash, Set<Endpoint> tried, int most) {
        PickContext request = new PickContext(null, tried);
        if (!settings.strategy().equals(ConsistentHashSettings.STRATEGY)) {
            return explainShares(request, most);
        }
        IntFunction<Strategy> byHash = tier -> new ByHash(strategies.apply(tier), hash);
        return explainKey(TieredPicker.of(candidates, byHash), ByHash.of(plain(), hash), request, most);
    }

    /** The keys' owners, if all take all of their keys. */
    private Picker plain() {
        Picker known = plain;
        if (known == null) {
            known = new Strategies(engine, settings, EndpointLoads.NONE)
                    .apply(0)
                    .newPicker(candidates.hosts());
            plain = known;
        }
        return known;
    }

    private Explanation explainKey(Picker keyed, Picker plain, PickContext request, int most) {
        List<Endpoint> attempts = attempts(keyed, request, most);
        List<Step> steps = new ArrayList<>();
        if (!attempts.isEmpty()) {
            for (Endpoint owner : attempts(plain, request, most)) {
                if (owner.equals(attempts.get(0))) {
                    break;
                }
                steps.add(step(owner, Verdict.SKIPPED, "FULL"));
            }
        }
        for (Endpoint each : attempts) {
            steps.add(step(each, each.equals(attempts.get(0)) ? Verdict.CHOSEN : Verdict.NEXT, null));
        }
        return new Explanation(
                true,
                Explanation.stages(known.size(), candidates),
                steps.subList(0, Math.min(most, steps.size())),
                true,
                List.of(),
                attempts.isEmpty() ? engine.noInstance(request) : null);
    }

    private Step step(Endpoint endpoint, Verdict verdict, @Nullable String withoutReason) {
        Reason state = candidates.state(endpoint);
        return new Step(
                endpoint.address(), candidates.tier(endpoint), verdict, state == null ? withoutReason : state.name());
    }

    /** Where the request and each attempt after it go, until all endpoints were tried. */
    private static List<Endpoint> attempts(Picker picker, PickContext request, int most) {
        Set<Endpoint> tried = new HashSet<>(request.tried());
        List<Endpoint> attempts = new ArrayList<>();
        while (attempts.size() < most) {
            Endpoint next = picker.pick(new PickContext(request.key(), Set.copyOf(tried)));
            if (next == null || !tried.add(next)) {
                break;
            }
            attempts.add(next);
        }
        return attempts;
    }

    private Explanation explainShares(PickContext request, int most) {
        boolean computes = request.tried().isEmpty() && !StrategyCatalogue.isByLoad(first);
        Map<String, Double> computed = computes ? StrategyCatalogue.sharesWithoutKey(first) : null;
        Map<String, Double> shares = computed == null ? drawn(request) : computed;
        return new Explanation(
                false,
                Explanation.stages(known.size(), candidates),
                List.of(),
                computed != null,
                shares.entrySet().stream()
                        .filter(each -> each.getValue() > 0)
                        .sorted(Map.Entry.<String, Double>comparingByValue(Comparator.reverseOrder())
                                .thenComparing(Map.Entry.comparingByKey()))
                        .limit(most)
                        .map(each -> new Share(each.getKey(), Explanation.rounded(each.getValue())))
                        .toList(),
                shares.isEmpty() ? engine.noInstance(request) : null);
    }

    /** Strategy and pickers for requests whose key has one hash. */
    private record ByHash(Strategy strategy, long hash) implements Strategy {

        static Picker of(Picker picker, long hash) {
            KeyMap keys = KeyMap.of(picker);
            return keys == null ? picker : request -> keys.pick(hash, request.tried());
        }

        @Override
        public Picker newPicker(HostSet hosts) {
            return of(strategy.newPicker(hosts), hash);
        }

        @Override
        public Picker newPicker(HostSet hosts, Acceptance acceptance) {
            return of(strategy.newPicker(hosts, acceptance), hash);
        }
    }
}
