package io.github.zklb.engine.explain;

import io.github.zklb.Endpoint;
import io.github.zklb.EndpointLoads;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Picker;
import io.github.zklb.engine.EngineSettings;
import io.github.zklb.engine.Published;
import io.github.zklb.engine.RouteGroups;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.Snapshot;
import io.github.zklb.engine.Snapshots.Supposed;
import io.github.zklb.engine.TieredPicker;
import io.github.zklb.engine.explain.Explanation.Share;
import io.github.zklb.policy.OverlayNode;
import io.github.zklb.policy.OverlayNode.Version;
import io.github.zklb.strategy.ConsistentHashSettings;
import io.github.zklb.strategy.KeyMap;
import io.github.zklb.strategy.StrategyCatalogue;
import io.github.zklb.traffic.Candidates;
import io.github.zklb.traffic.Route;
import io.github.zklb.traffic.Route.Group;
import io.github.zklb.traffic.Zones;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
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
    private final ScenarioStrategies strategies;
    private final Map<Map<String, String>, Zones> rows;
    private final Map<Version, String> refused;
    private final RouteGroups groups;
    private final Picker picker;
    private RoutedPickers routed;
    private RouteGroups.@Nullable Member member;

    private Scenario(
            ServiceEngine engine,
            EngineSettings settings,
            HostSet known,
            Supposed supposed,
            ScenarioStrategies strategies) {
        this.engine = engine;
        this.settings = settings;
        this.known = known;
        this.candidates = supposed.candidates();
        this.rows = supposed.rows();
        this.refused = supposed.refused();
        this.strategies = strategies;
        this.picker = TieredPicker.of(candidates, strategies.by(settings));
        this.groups = groups(picker, strategies.rows());
        this.routed = RoutedPickers.of(RoutedPickers.unconditional(settings.routes()), groups, picker);
    }

    private RouteGroups groups(Picker everything, RouteGroups.Strategies ofRows) {
        return RouteGroups.of(
                rows.isEmpty() ? List.of() : settings.routes(),
                rows,
                candidates.hosts(),
                everything,
                ofRows,
                each -> each,
                new RouteGroups.Counts()::of);
    }

    /**
     * Looks, from now on, at the requests of one group of a route, or of all of them.
     *
     * @param route the route that holds for them; null if none does
     * @param group where they belong; null if that is left to chance
     */
    public Scenario of(@Nullable Route route, @Nullable Group group) {
        member = group == null ? null : groups.member(group);
        routed = member == null ? RoutedPickers.of(route, groups, picker) : RoutedPickers.of(member.plain());
        return this;
    }

    /** The candidates as the requests that are looked at find them: those of another group are behind their own. */
    private Candidates shown() {
        return member == null ? candidates : member.among(candidates.hosts());
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
                        current == null
                                ? new Supposed(now.candidates(), Map.of(), Map.of())
                                : new Supposed(
                                        current.candidates(), current.groups().rows(), Map.of()),
                        new ScenarioStrategies(engine, now.settings(), new ReadOnlyLoads(engine.loads())));
    }

    /** The service with certain endpoints and settings, when all have the same load. O(n log n). */
    static Scenario supposed(ServiceEngine engine, HostSet endpoints, EngineSettings settings) {
        return new Scenario(
                engine,
                settings,
                endpoints,
                engine.snapshots().suppose(endpoints, settings, List.of()),
                new ScenarioStrategies(engine, settings, EndpointLoads.NONE));
    }

    /** The same service with other ones; of this one only the shares and the keys are to be looked at from then on. */
    Scenario then(HostSet endpoints, EngineSettings others, List<OverlayNode.Counting> overlays) {
        return new Scenario(
                engine, others, endpoints, engine.snapshots().suppose(endpoints, others, overlays), strategies);
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

    /** Which overlays would be refused, and why. */
    Map<Version, String> refused() {
        return refused;
    }

    /** Where the keys of first attempts go; null if no key matters, or there is no endpoint. */
    public @Nullable KeyMap keys() {
        return routed.keys();
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
        return routed.shares(PickContext.NONE, StrategyCatalogue::shares);
    }

    /** Which keys go elsewhere when this follows another one. */
    KeyMap.Moves since(Scenario before) {
        return routed.since(before.routed);
    }

    /**
     * Explains where a request goes.
     *
     * @param most how many endpoints to show of the sequence and of the shares, at least 1
     */
    public Explanation explain(PickContext request, int most) {
        String key = request.key();
        return key == null ? explainShares(request, most) : explain(KeyMap.hash(key), request.tried(), most);
    }

    /** The same for a request of whose key the hash is known; what has no use for a hash takes it for one without a key. */
    public Explanation explain(long hash, Set<Endpoint> tried, int most) {
        PickContext request = new PickContext(null, tried);
        if (!settings.strategy().equals(ConsistentHashSettings.STRATEGY)) {
            return explainShares(request, most);
        }
        if (routed.isByChance()) {
            return explanation(request, routed.sharesOf(hash, tried), most);
        }
        KeySequence sequence = KeySequence.of(shown(), member == null ? picker : member.plain(), hash, tried, most);
        return new Explanation(
                true,
                Explanation.stages(known.size(), shown()),
                sequence.steps(),
                sequence.leftOut(),
                true,
                List.of(),
                sequence.steps().isEmpty() ? none(request) : null);
    }

    private Explanation explainShares(PickContext request, int most) {
        return explanation(
                request,
                routed.shares(
                        request,
                        first -> request.tried().isEmpty() && !StrategyCatalogue.isByLoad(first)
                                ? StrategyCatalogue.sharesWithoutKey(first)
                                : null),
                most);
    }

    private Explanation explanation(PickContext request, Shares all, int most) {
        List<Share> shares = all.byAddress().entrySet().stream()
                .filter(each -> each.getValue() > 0)
                .sorted(Map.Entry.<String, Double>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .map(each -> new Share(each.getKey(), Explanation.rounded(each.getValue())))
                .toList();
        int shown = Math.min(most, shares.size());
        return new Explanation(
                false,
                Explanation.stages(known.size(), shown()),
                List.of(),
                shares.size() - shown,
                all.exact() && !shares.isEmpty(),
                shares.subList(0, shown),
                shares.isEmpty() ? none(request) : null);
    }

    private String none(PickContext request) {
        return member != null && member.group().fails() && !candidates.hosts().isEmpty()
                ? member.group().none(engine.serviceId())
                : engine.noInstance(request);
    }
}
