package io.github.zklb.calls;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/** What calls teach that end at once, and the picks that are counted meanwhile. */
public final class CallLoadStress {

    private CallLoadStress() {}

    private static CallLoad load() {
        return new CallLoad(
                "a",
                () -> 1,
                () -> LoadSettings.DEFAULTS,
                (address, after) -> {},
                () -> 0,
                new OpenBodies(),
                () -> Long.MAX_VALUE);
    }

    /** A good and a bad end. */
    @JCStressTest
    @Outcome(id = "1, 1, 0", expect = Expect.ACCEPTABLE, desc = "both are learned, none is in flight")
    @State
    public static class TwoEnds {

        private final CallLoad load = load();
        private final Call good = load.start();
        private final Call bad = load.start();

        @Actor
        public void good() {
            good.succeeded();
        }

        @Actor
        public void bad() {
            bad.failed();
        }

        @Arbiter
        public void end(III_Result result) {
            result.r1 = (int) load.history().successes();
            result.r2 = (int) load.history().failures();
            result.r3 = load.inFlight();
        }
    }

    /** An answer and a cancel end the same call. */
    @JCStressTest
    @Outcome(id = {"1, 0, 0", "0, 0, 0"}, expect = Expect.ACCEPTABLE, desc = "one counts, and the count falls once")
    @State
    public static class OneCallEndsTwice {

        private final CallLoad load = load();
        private final Call call = load.start();

        @Actor
        public void answered() {
            call.succeeded();
        }

        @Actor
        public void cancelled() {
            call.ignored();
        }

        @Arbiter
        public void end(III_Result result) {
            result.r1 = (int) load.history().successes();
            result.r2 = (int) load.history().failures();
            result.r3 = load.inFlight();
        }
    }

    /** The decaying values are read while a call ends: all before it, or all after it. */
    @JCStressTest
    @Outcome(id = {"0, 0", "1, 1"}, expect = Expect.ACCEPTABLE, desc = "one history")
    @State
    public static class ReadWhileACallEnds {

        private final CallLoad load = load();
        private final Call call = load.start();

        @Actor
        public void ends() {
            call.failed();
        }

        @Actor
        public void reads(II_Result result) {
            CallHistory known = load.history();
            result.r1 = (int) known.failures();
            result.r2 = (int) known.errors() == known.errorsInARow() ? (int) known.calls() : -1;
        }
    }

    /** The meter of ordinary picks never falls, and never counts a spilled one. */
    @JCStressTest
    @Outcome(id = {"0, 0, 1", "0, 1, 1", "1, 1, 1"}, expect = Expect.ACCEPTABLE, desc = "rises to the truth")
    @State
    public static class Picks {

        private final PickCounts counts = new PickCounts();

        public Picks() {
            counts.begin();
        }

        @Actor
        public void spilled() {
            counts.spilled();
            counts.given();
        }

        @Actor
        public void ordinary() {
            counts.given();
        }

        @Actor
        public void meter(III_Result result) {
            result.r1 = (int) counts.of(PickCounts.Outcome.PICKED);
            result.r2 = (int) counts.of(PickCounts.Outcome.PICKED);
        }

        @Arbiter
        public void end(III_Result result) {
            result.r3 = (int) counts.of(PickCounts.Outcome.PICKED);
        }
    }
}
