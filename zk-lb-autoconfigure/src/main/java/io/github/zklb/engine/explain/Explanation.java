package io.github.zklb.engine.explain;

import io.github.zklb.Reason;
import io.github.zklb.engine.Published;
import io.github.zklb.engine.Snapshot;
import io.github.zklb.traffic.Candidates;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Why a request goes where it goes. The picks are those of pickers made for this one purpose, by the code that makes the
 * service's own, of the same candidates; they reserve nothing, move no cursor and are not counted.
 *
 * @param deterministic whether the {@code CHOSEN} endpoint of the sequence is the one that the request is given, as long as
 *     nothing changes; if not, the strategy goes by turns or by chance, and {@code shares} say how often each endpoint comes
 * @param stages what each stage of the pipeline has noted, in its order
 * @param sequence where the request goes, then where each attempt after it goes, and before them those that the key would go
 *     to but for a reason; at most so many as were asked for, of which one is the {@code CHOSEN} one
 * @param leftOut how many more are skipped, or have a share, than are shown
 * @param exact whether the shares are computed; if not, they are those of {@value #DRAWS} draws, since they depend on the loads,
 *     on what was tried, or on a strategy of the user's own
 * @param shares the shares of the picks; the largest first, at most so many as were asked for; empty if deterministic
 * @param none why there is no endpoint for the request; null if there is one
 */
public record Explanation(
        boolean deterministic,
        List<Stage> stages,
        List<Step> sequence,
        int leftOut,
        boolean exact,
        List<Share> shares,
        @Nullable String none) {

    static final int DRAWS = 10_000;

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
     * @param because the first 100 of these
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
     * @param reason why it is skipped: the reason of the stage that took the key from it, {@code FULL} if it has as many requests
     *     as its bound allows, {@code BUSIER} if the other one of the key's two endpoints has less in flight. Of the others, what
     *     the stages noted last. Null without a reason
     */
    public record Step(
            String address,
            int tier,
            Verdict verdict,
            @Nullable String reason) {}

    /** The part of the picks, from 0 to 1, that an endpoint is given. */
    public record Share(String address, double share) {}

    /**
     * The shares of the requests that nothing is known of, by address, as the pickers give them that requests have; null if that
     * cannot be told without picking.
     */
    public static @Nullable Map<String, Double> expectedShares(Published now) {
        Snapshot snapshot = now.snapshot();
        return snapshot == null
                ? null
                : RoutedPickers.of(
                                RoutedPickers.unconditional(now.settings().routes()),
                                snapshot.groups(),
                                snapshot.first())
                        .computed();
    }

    /** A part or a percentage with nine decimals, so that texts of it are short. */
    public static double rounded(double number) {
        return Math.round(number * 1e9) / 1e9;
    }

    static List<Stage> stages(int known, Candidates candidates) {
        int in = known;
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

    /** Those of an endpoint's reasons that count: an ejection that is ignored takes nothing from it. */
    static Stream<Reason> counting(Set<Reason> noted) {
        return noted.stream().filter(each -> each != Reason.EJECTED || !noted.contains(Reason.PANIC));
    }

    /** A stage, the reason for which it removes an endpoint, and those that it only notes. */
    private record StageReasons(String stage, @Nullable Reason removes, Set<Reason> reasons) {

        /** In the order of the pipeline. */
        static final List<StageReasons> ALL = List.of(
                new StageReasons("status", Reason.NOT_UP, Set.of()),
                new StageReasons("drain", Reason.DRAINED, Set.of()),
                new StageReasons("overlay", Reason.OVERLAY_DRAINED, Set.of(Reason.OVERLAY_WEIGHT)),
                new StageReasons("hold", Reason.HELD_GONE, Set.of(Reason.HELD, Reason.HELD_DEMOTED)),
                new StageReasons("slow start", null, Set.of(Reason.WARMING)),
                new StageReasons("outlier ejection", null, Set.of(Reason.EJECTED, Reason.PANIC)),
                new StageReasons("route", null, Set.of(Reason.OTHER_GROUP)),
                new StageReasons("zone", null, Set.of(Reason.OTHER_ZONE)),
                new StageReasons("load report", null, Set.of(Reason.REPORTED)));

        /** How many of those that it noted a reason for do not pass. */
        int removed(List<Note> notes) {
            return (int) notes.stream().filter(note -> note.reason() == removes).count();
        }

        Stream<Reason> of(Set<Reason> noted) {
            return counting(noted)
                    .filter(each -> each == removes || reasons.contains(each))
                    .max(Comparator.naturalOrder())
                    .stream();
        }
    }
}
