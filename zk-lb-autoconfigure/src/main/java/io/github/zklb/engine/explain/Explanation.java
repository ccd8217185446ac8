package io.github.zklb.engine.explain;

import io.github.zklb.Endpoint;
import io.github.zklb.EndpointLoad;
import io.github.zklb.EndpointLoads;
import io.github.zklb.PickContext;
import io.github.zklb.PickListener;
import io.github.zklb.Picker;
import io.github.zklb.Reason;
import io.github.zklb.Strategy;
import io.github.zklb.StrategyContext;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.Snapshot;
import io.github.zklb.engine.TieredPicker;
import io.github.zklb.strategy.ConsistentHashSettings;
import io.github.zklb.traffic.Candidates;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Why a request goes where it goes. The picks are those of pickers made for this one purpose, by the code that makes the
 * service's own, of the same candidates; they reserve nothing, move no cursor and are not counted.
 *
 * @param deterministic whether the first endpoint of the sequence is the one that the request is given, as long as nothing
 *     changes; if not, the strategy goes by turns or by chance, and {@code shares} say how often each endpoint comes
 * @param stages what each stage of the pipeline has noted, in its order
 * @param sequence where the request goes, then where each attempt after it goes, and before them those that the key would go
 *     to but for a reason; at most so many as were asked for
 * @param shares the shares of the picks, as drawn {@value #DRAWS} times; the largest first, at most so many as were asked for;
 *     empty if deterministic
 * @param none why there is no endpoint for the request; null if there is one
 */
public record Explanation(
        boolean deterministic,
        List<Stage> stages,
        List<Step> sequence,
        List<Share> shares,
        @Nullable String none) {

    private static final int DRAWS = 10_000;

    /** Endpoints of one stage that are shown, beyond which only their number is told. */
    private static final int NOTES = 100;

    /** What becomes of an endpoint in a request's sequence. */
    public enum Verdict {
        /** The request goes there. */
        CHOSEN,
        /** The next attempt goes there. */
        NEXT,
        /** The key belongs there, and does not go there for a reason. */
        SKIPPED
    }

    /**
     * One stage of the pipeline.
     *
     * @param stage its name
     * @param in how many endpoints came to it
     * @param out how many of them it let pass
     * @param noted how many it noted a reason for
     * @param because the first {@value #NOTES} of these
     */
    public record Stage(String stage, int in, int out, int noted, List<Note> because) {}

    /** A reason that a stage noted for an endpoint. */
    public record Note(String address, Reason reason) {}

    /**
     * One endpoint of a sequence.
     *
     * @param address its host and port
     * @param tier its tier, from 0
     * @param verdict what becomes of it
     * @param reason why it is skipped, or given a part of its share only; {@code FULL} if it has as many requests as its bound
     *     allows; null without a reason
     */
    public record Step(
            String address,
            int tier,
            Verdict verdict,
            @Nullable String reason) {}

    /** The part of the picks, from 0 to 1, that an endpoint is given. */
    public record Share(String address, double share) {}

    /**
     * Explains where a request goes; null before the service's first snapshot. O(n log n), as making a picker is, and without
     * any effect on the requests.
     *
     * @param most how many endpoints to show of the sequence and of the shares, at least 1
     */
    public static @Nullable Explanation of(ServiceEngine engine, PickContext request, int most) {
        Snapshot current = engine.snapshot();
        return current == null ? null : of(engine, current.candidates(), request, most);
    }

    private static Explanation of(ServiceEngine engine, Candidates candidates, PickContext request, int most) {
        boolean keyed = request.key() != null && engine.settings().strategy().equals(ConsistentHashSettings.STRATEGY);
        Picker picker = TieredPicker.of(candidates, strategies(engine, new ReadOnly(engine.loads())));
        List<Endpoint> attempts = attempts(picker, request, most);
        List<Step> steps = new ArrayList<>();
        if (keyed && !attempts.isEmpty()) {
            Picker plain = strategies(engine, EndpointLoads.NONE).apply(0).newPicker(candidates.hosts());
            for (Endpoint owner : attempts(plain, request, most)) {
                if (owner.equals(attempts.get(0))) {
                    break;
                }
                Reason state = candidates.state(owner);
                steps.add(step(owner, candidates, Verdict.SKIPPED, state == null ? "FULL" : state.name()));
            }
        }
        for (Endpoint each : attempts) {
            Reason state = candidates.state(each);
            Verdict verdict = each.equals(attempts.get(0)) ? Verdict.CHOSEN : Verdict.NEXT;
            steps.add(step(each, candidates, verdict, state == null ? null : state.name()));
        }
        return new Explanation(
                keyed,
                stages(engine, candidates),
                keyed ? steps.subList(0, Math.min(most, steps.size())) : List.of(),
                keyed ? List.of() : shares(picker, request, most),
                attempts.isEmpty() ? engine.noInstance(request) : null);
    }

    private static IntFunction<Strategy> strategies(ServiceEngine engine, EndpointLoads loads) {
        StrategyContext context = new StrategyContext(
                engine.serviceId(), new SplittableRandom(), System::nanoTime, loads, PickListener.NONE);
        return tier -> engine.newStrategyApart(context);
    }

    private static Step step(Endpoint endpoint, Candidates candidates, Verdict verdict, @Nullable String reason) {
        return new Step(endpoint.address(), candidates.tier(endpoint), verdict, reason);
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

    private static List<Share> shares(Picker picker, PickContext request, int most) {
        Map<String, Integer> picks = new LinkedHashMap<>();
        for (int i = 0; i < DRAWS; i++) {
            Endpoint picked = picker.pick(request);
            if (picked != null) {
                picks.merge(picked.address(), 1, Integer::sum);
            }
        }
        return picks.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue(Comparator.reverseOrder())
                        .thenComparing(Map.Entry.comparingByKey()))
                .limit(most)
                .map(each -> new Share(each.getKey(), (double) each.getValue() / DRAWS))
                .toList();
    }

    private static List<Stage> stages(ServiceEngine engine, Candidates candidates) {
        int in = engine.snapshots().known().size();
        List<Stage> stages = new ArrayList<>();
        for (StageReasons each : StageReasons.ALL) {
            List<Note> notes = candidates.reasons().entrySet().stream()
                    .flatMap(noted -> each.of(noted.getValue())
                            .map(reason -> new Note(noted.getKey().address(), reason)))
                    .sorted(Comparator.comparing(Note::address))
                    .toList();
            int out = in - each.removed(notes);
            stages.add(new Stage(each.stage, in, out, notes.size(), notes.subList(0, Math.min(NOTES, notes.size()))));
            in = out;
        }
        return stages;
    }

    /** A stage, the reason for which it removes an endpoint, and those that it only notes. */
    private record StageReasons(String stage, @Nullable Reason removes, Set<Reason> reasons) {

        /** In the order of the pipeline. */
        static final List<StageReasons> ALL = List.of(
                new StageReasons("status", Reason.NOT_UP, Set.of()),
                new StageReasons("drain", Reason.DRAINED, Set.of()),
                new StageReasons("hold", Reason.HELD_GONE, Set.of(Reason.HELD, Reason.HELD_DEMOTED)),
                new StageReasons("slow start", null, Set.of(Reason.WARMING)),
                new StageReasons("outlier ejection", null, Set.of(Reason.EJECTED, Reason.PANIC)),
                new StageReasons("zone", null, Set.of(Reason.OTHER_ZONE)));

        /** How many of those that it noted a reason for do not pass. */
        int removed(List<Note> notes) {
            return (int) notes.stream().filter(note -> note.reason() == removes).count();
        }

        Stream<Reason> of(Set<Reason> noted) {
            return noted.stream()
                    .filter(each -> each == removes || reasons.contains(each))
                    .max(Comparator.naturalOrder())
                    .stream();
        }
    }

    /** The loads as they are, with room for a reservation told but none made. */
    private record ReadOnly(EndpointLoads loads) implements EndpointLoads {

        @Override
        public EndpointLoad of(Endpoint endpoint) {
            return new ReadOnlyLoad(loads.of(endpoint));
        }

        @Override
        public long inFlight() {
            return loads.inFlight();
        }
    }

    private record ReadOnlyLoad(EndpointLoad load) implements EndpointLoad {

        @Override
        public int inFlight() {
            return load.inFlight();
        }

        @Override
        public double errorRate() {
            return load.errorRate();
        }

        @Override
        public double latency() {
            return load.latency();
        }

        @Override
        public boolean tryReserve(int limit) {
            return load.inFlight() < limit;
        }
    }
}
