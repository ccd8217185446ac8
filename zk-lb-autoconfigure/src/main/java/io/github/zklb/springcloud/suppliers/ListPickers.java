package io.github.zklb.springcloud.suppliers;

import io.github.zklb.Acceptance;
import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Picker;
import io.github.zklb.Reason;
import io.github.zklb.engine.EngineSettings;
import io.github.zklb.engine.Published;
import io.github.zklb.engine.RouteGroups;
import io.github.zklb.engine.RouteGroups.Strategies;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.Snapshot;
import io.github.zklb.engine.TieredPicker;
import io.github.zklb.springcloud.ZkServiceInstance;
import io.github.zklb.springcloud.suppliers.ListMembers.Place;
import io.github.zklb.traffic.Candidates;
import io.github.zklb.traffic.Route.Group;
import io.github.zklb.traffic.Zones;
import java.time.Duration;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.ServiceInstance;

/**
 * Picks from the lists that suppliers give, which may be anybody's. A list has a strategy of its own, made when it is first
 * seen, and not again as long as the same instances come, in whatever order and by whatever objects: with a common one,
 * requests that take turns between two lists would find its cursor always at the same places of each. The same list costs
 * nothing, one made anew a look at each of its instances. Thread-safe.
 */
final class ListPickers {

    /** Beyond so many lists all are forgotten, so that suppliers which never give an equal one cost no memory. */
    private static final int MOST_LISTS = 64;

    private static final long IN_USE = Duration.ofSeconds(10).toNanos();
    private static final long UNUSED = Duration.ofMinutes(1).toNanos();

    private final ServiceEngine engine;
    private final boolean weighed;
    private final Map<Long, ListPicker> byContent = new ConcurrentHashMap<>();
    private volatile @Nullable Last last;

    /** The last list, by its object, as long as the registered endpoints are the same. */
    private record Last(
            List<ServiceInstance> list,
            ListPicker picker,
            @Nullable Object registered) {}

    /**
     * Pickers for one service.
     *
     * @param weighed whether a list says by repetition how much each instance weighs, even if it repeats none
     */
    ListPickers(ServiceEngine engine, boolean weighed) {
        this.engine = engine;
        this.weighed = weighed;
    }

    /**
     * An instance of the list, one of its own objects; null if the strategy gives none.
     *
     * @param group where the request belongs; null if the service has no routes
     */
    @SuppressWarnings("ReferenceEquality") // equal lists may be costly to compare, and another view is another state
    @Nullable ServiceInstance pick(List<ServiceInstance> list, PickContext context, @Nullable Group group) {
        Snapshot snapshot = engine.snapshot();
        Object registered = snapshot == null ? null : snapshot.view();
        Last known = last;
        if (known != null && known.registered != registered) {
            byContent.clear(); // or the tables of lists long gone would add up
            known = null;
        }
        if (known != null && known.list == list && known.picker.members.size() == list.size()) {
            Endpoint picked = known.picker.pick(context, group);
            ServiceInstance instance = picked == null ? null : known.picker.in(list, picked);
            if (picked == null || instance != null) {
                return instance;
            } // else somebody has changed the list itself
        }
        ListPicker picker = of(list);
        last = new Last(list, picker, registered);
        Endpoint picked = picker.pick(context, group);
        return picked == null ? null : picker.in(list, picked);
    }

    private ListPicker of(List<ServiceInstance> list) {
        long content = ListMembers.hashOf(list);
        ListPicker known = byContent.get(content);
        return known != null && known.members.are(list) ? known : add(content, list);
    }

    private synchronized ListPicker add(long content, List<ServiceInstance> list) {
        ListPicker known = byContent.get(content);
        if (known != null && known.members.are(list)) {
            return known;
        }
        long now = System.nanoTime();
        byContent.values().removeIf(picker -> now - picker.usedAt > UNUSED);
        if (byContent.size() >= MOST_LISTS) {
            byContent.clear();
        }
        ListPicker picker = new ListPicker(list);
        byContent.put(content, picker);
        return picker;
    }

    /** A picker, and what it was built by. */
    private record Built(
            EngineSettings settings, Acceptance acceptance, Strategies strategies, Picker picker, RouteGroups groups) {}

    /** The picker of one list. */
    private final class ListPicker {

        private final ListMembers members;
        private final IdentityHashMap<Endpoint, Place> places = new IdentityHashMap<>();
        private final List<Endpoint> supplied = new ArrayList<>();
        private final HostSet hosts;
        private final AtomicBoolean building = new AtomicBoolean();
        private volatile Built built;
        private volatile long usedAt;

        ListPicker(List<ServiceInstance> list) {
            members = new ListMembers(list);
            boolean byTimes = weighed || members.places().size() < members.size();
            members.places().forEach(place -> {
                Endpoint endpoint = ZkServiceInstance.endpoint(place.instance());
                if (!(place.instance() instanceof ZkServiceInstance)) {
                    supplied.add(endpoint);
                }
                places.put(
                        byTimes ? endpoint.withWeight(Math.min(place.times(), Endpoint.MAX_WEIGHT)) : endpoint, place);
            });
            hosts = HostSet.of(places.keySet());
            use(System.nanoTime());
            built = build(engine.settings(), new Strategies(engine::newStrategy));
        }

        @Nullable Endpoint pick(PickContext context, @Nullable Group group) {
            long now = System.nanoTime();
            if (now - usedAt > IN_USE) {
                use(now);
            }
            PickContext own = context.tried().isEmpty() ? context : inOwnTerms(context);
            Built present = built();
            return group == null ? present.picker.pick(own) : present.groups.pick(group, own, present.picker);
        }

        private void use(long now) {
            usedAt = now;
            engine.supply(supplied);
        }

        /** The list's own object for an endpoint; null if it is not there. */
        @Nullable ServiceInstance in(List<ServiceInstance> list, Endpoint picked) {
            return ListMembers.in(list, Objects.requireNonNull(places.get(picked)));
        }

        /** The present picker. While one thread builds another, the others take the last. */
        @SuppressWarnings("ReferenceEquality") // other objects mean other settings
        private Built built() {
            Built last = built;
            EngineSettings settings = engine.settings();
            if ((last.settings != settings
                            || last.acceptance
                                    != engine.snapshots().candidates().acceptance())
                    && building.compareAndSet(false, true)) {
                try {
                    boolean same = last.settings.strategy().equals(settings.strategy());
                    last = build(settings, same ? last.strategies : new Strategies(engine::newStrategy));
                    built = last;
                } finally {
                    building.set(false);
                }
            }
            return last;
        }

        private Built build(EngineSettings settings, Strategies strategies) {
            Published now = engine.snapshots().published();
            Acceptance acceptance = now.candidates().acceptance();
            boolean none = hosts.endpoints().stream().allMatch(endpoint -> acceptance.of(endpoint) == 0);
            Candidates given = Candidates.of(hosts).accepting(none ? Acceptance.FULL : acceptance);
            boolean inZones = now.candidates().isNoted(Reason.OTHER_ZONE);
            Candidates all = none || !inZones
                    ? given
                    : given.later(each -> acceptance.of(each) == 0, Candidates.OTHER_ZONES); // retries leave the zone
            UnaryOperator<Picker> following = each -> engine.snapshots().following(each, hosts, now.ejections());
            Picker picker = following.apply(TieredPicker.of(all, strategies.everything()));
            Acceptance refused = inZones ? now.ejections() : acceptance;
            Candidates passed = none ? given : all.later(each -> refused.of(each) == 0, Candidates.EJECTED);
            RouteGroups groups = RouteGroups.of(
                    settings.routes(),
                    RouteGroups.rows(settings.routes(), passed, (row, members) -> Zones.off(row), RouteGroups.NONE),
                    hosts,
                    picker,
                    strategies,
                    following,
                    engine.routeCounts()::of);
            return new Built(settings, acceptance, strategies, picker, groups);
        }

        /** What was tried may weigh something else here. */
        private PickContext inOwnTerms(PickContext context) {
            Set<Endpoint> tried = places.keySet().stream()
                    .filter(endpoint -> context.tried().stream().anyMatch(other -> isAt(endpoint, other)))
                    .collect(Collectors.toSet());
            return new PickContext(context.key(), tried);
        }

        private static boolean isAt(Endpoint one, Endpoint other) {
            return one.id().equals(other.id()) && one.address().equals(other.address());
        }
    }
}
