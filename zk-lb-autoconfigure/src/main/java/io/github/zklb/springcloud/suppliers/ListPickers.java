package io.github.zklb.springcloud.suppliers;

import io.github.zklb.engine.EngineSettings;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.Snapshot;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.ServiceInstance;

/**
 * A picker for each list that the suppliers around ours give: built when the list is first seen, and not again as long as
 * the same instances come, in whatever order. All are forgotten when the service's snapshot or settings change, so that no
 * list outlives its endpoints.
 */
final class ListPickers {

    /** Beyond so many lists all are forgotten, so that suppliers which never give an equal one cost no memory. */
    private static final int MOST_LISTS = 64;

    private final ServiceEngine engine;
    private final boolean weighed;
    private volatile Generation generation;

    /**
     * Pickers for one service.
     *
     * @param weighed whether a list says by repetition how much each instance weighs, even if it repeats none
     */
    ListPickers(ServiceEngine engine, boolean weighed) {
        this.engine = engine;
        this.weighed = weighed;
        this.generation = new Generation(engine.settings(), engine.snapshot(), new ConcurrentHashMap<>());
    }

    ListPicker of(List<ServiceInstance> instances) {
        Generation now = generation;
        ListPicker known = now.isOf(engine.settings(), engine.snapshot()) ? now.pickers.get(instances) : null;
        return known == null ? add(instances) : known;
    }

    private synchronized ListPicker add(List<ServiceInstance> instances) {
        EngineSettings tuning = engine.settings();
        Snapshot snapshot = engine.snapshot();
        Generation now = generation;
        if (!now.isOf(tuning, snapshot) || now.pickers.size() >= MOST_LISTS) {
            now = new Generation(tuning, snapshot, new ConcurrentHashMap<>());
            generation = now;
        }
        ListPicker known = now.pickers.get(instances);
        if (known != null) {
            return known;
        }
        Map<ServiceInstance, Integer> times = new HashMap<>();
        instances.forEach(instance -> times.merge(instance, 1, Integer::sum));
        ListPicker picker = now.pickers.values().stream()
                .filter(other -> other.times().equals(times))
                .findAny()
                .orElseGet(() -> ListPicker.of(times, weighed, engine));
        now.pickers.put(List.copyOf(instances), picker);
        return picker;
    }

    /** The pickers that were built by the same settings for the same state of the endpoints. */
    private record Generation(
            EngineSettings tuning, @Nullable Snapshot snapshot, Map<List<ServiceInstance>, ListPicker> pickers) {

        @SuppressWarnings("ReferenceEquality") // another object means another state, and that is all there is to know
        boolean isOf(EngineSettings otherTuning, @Nullable Snapshot otherSnapshot) {
            return tuning == otherTuning && instances(snapshot) == instances(otherSnapshot);
        }

        /** A new snapshot with the same list differs in what the membership says of itself only. */
        private static @Nullable Object instances(@Nullable Snapshot snapshot) {
            return snapshot == null ? null : snapshot.view();
        }
    }
}
