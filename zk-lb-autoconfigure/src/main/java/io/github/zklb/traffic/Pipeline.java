package io.github.zklb.traffic;

import io.github.zklb.Acceptance;
import io.github.zklb.HostSet;
import io.github.zklb.Reason;
import io.github.zklb.calls.CallLoads;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The row of stages from the registered endpoints of one service to those that a picker is made of: status, drain, hold,
 * slow start, ejection. Each removes endpoints or gives them less than their share, and says why. For one thread at a time.
 */
public final class Pipeline {

    /** So many steps take an endpoint from its first share to its whole one. */
    private static final int SLOW_START_STEPS = 20;

    private final SlowStart slowStart;
    private final OutlierEjection outlierEjection;
    private volatile Learned learned = new Learned(Acceptance.FULL, Ejections.NONE);

    /** What the calls and the time have taught of the endpoints, which are known by their addresses. */
    private record Learned(Acceptance warm, Ejections ejections) {}

    /**
     * A pipeline that has seen no endpoint.
     *
     * @param loads the accounting of the calls
     * @param nanoTime monotonic time in nanoseconds, as {@link System#nanoTime()}
     * @param ejectionsChanged runs when a call changes what is ejected, on its thread: it must not wait
     */
    public Pipeline(CallLoads loads, LongSupplier nanoTime, Runnable ejectionsChanged) {
        this.slowStart = new SlowStart(nanoTime);
        this.outlierEjection = new OutlierEjection(
                loads, nanoTime, () -> ThreadLocalRandom.current().nextLong(), ejectionsChanged);
    }

    /**
     * Runs all stages; sweeps for outliers when a sweep is due.
     *
     * @param registered the endpoints that there are, also those that are not registered any more
     * @param hold the stage of those that are not registered any more
     */
    public Candidates run(
            HostSet registered,
            UnaryOperator<Candidates> hold,
            SlowStartSettings slowStartSettings,
            OutlierEjectionSettings ejectionSettings) {
        Candidates placed = place(registered, hold);
        learned = new Learned(
                slowStart.update(placed.hosts(), slowStartSettings),
                outlierEjection.update(placed.hosts(), ejectionSettings));
        return accept(placed, learned);
    }

    /**
     * What the stages would make of other endpoints with what was known at the last run, without learning anything. Who is
     * new has its whole share. At any time, on any thread.
     */
    public Candidates suppose(
            HostSet others, UnaryOperator<Candidates> hold, OutlierEjectionSettings ejectionSettings) {
        Candidates placed = place(others, hold);
        Learned known = learned;
        return accept(placed, new Learned(known.warm, known.ejections.among(placed.hosts(), ejectionSettings)));
    }

    private static Candidates place(HostSet registered, UnaryOperator<Candidates> hold) {
        return hold.apply(Serving.undrained(Serving.up(Candidates.of(registered))));
    }

    private static Candidates accept(Candidates placed, Learned known) {
        return eject(warmUp(placed, known.warm), known.ejections);
    }

    @SuppressWarnings("ReferenceEquality") // FULL is a constant
    private static Candidates warmUp(Candidates candidates, Acceptance part) {
        return part == Acceptance.FULL
                ? candidates
                : candidates
                        .because(endpoint -> part.of(endpoint) < 1, Reason.WARMING)
                        .accepting(part);
    }

    private static Candidates eject(Candidates candidates, Ejections ejections) {
        if (ejections.isEmpty()) {
            return candidates;
        }
        Set<String> ejected = ejections.addresses();
        Candidates noted = candidates.because(each -> ejected.contains(each.address()), Reason.EJECTED);
        Candidates told = ejections.panic()
                ? noted.because(each -> ejections.failing().contains(each.address()), Reason.PANIC)
                : noted;
        return told.accepting(ejections).later(each -> ejections.of(each) == 0, Candidates.EJECTED);
    }

    /** Who is ejected as of the last run. */
    public Ejections ejections() {
        return learned.ejections;
    }

    /** Who is ejected at any time. */
    public OutlierEjection outlierEjection() {
        return outlierEjection;
    }

    /** The time until the next run, or null if nothing but a change of the endpoints asks for one. */
    public @Nullable Duration untilNextRun(
            SlowStartSettings slowStartSettings, OutlierEjectionSettings ejectionSettings) {
        Duration sweep = ejectionSettings.enabled() ? outlierEjection.untilNextUpdate() : null;
        Duration step = slowStart.isWarming()
                ? slowStartSettings.window().dividedBy(SLOW_START_STEPS).plusMillis(1)
                : null;
        if (sweep == null || step == null) {
            return sweep == null ? step : sweep;
        }
        return sweep.compareTo(step) < 0 ? sweep : step;
    }
}
