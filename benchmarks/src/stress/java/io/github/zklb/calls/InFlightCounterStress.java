package io.github.zklb.calls;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.ZI_Result;
import org.openjdk.jcstress.infra.results.ZZI_Result;

/** Requests in flight and reservations, counted by threads at once. */
public final class InFlightCounterStress {

    private static final long TERM = 1L << 27;

    private InFlightCounterStress() {}

    /** Two picks want the only place. */
    @JCStressTest
    @Outcome(id = "true, false, 1", expect = Expect.ACCEPTABLE, desc = "the first has it")
    @Outcome(id = "false, true, 1", expect = Expect.ACCEPTABLE, desc = "the second has it")
    @State
    public static class OnePlace {

        private final InFlightCounter counter = new InFlightCounter(() -> 0);

        @Actor
        public void first(ZZI_Result result) {
            result.r1 = counter.tryReserve(1);
        }

        @Actor
        public void second(ZZI_Result result) {
            result.r2 = counter.tryReserve(1);
        }

        @Arbiter
        public void end(ZZI_Result result) {
            result.r3 = counter.taken();
        }
    }

    /** The only place was reserved so long ago that the reservation is void. */
    @JCStressTest
    @Outcome(id = "true, false, 1", expect = Expect.ACCEPTABLE, desc = "the first has it")
    @Outcome(id = "false, true, 1", expect = Expect.ACCEPTABLE, desc = "the second has it")
    @State
    public static class VoidReservation {

        private long now;
        private final InFlightCounter counter = new InFlightCounter(() -> now);

        public VoidReservation() {
            counter.tryReserve(1);
            now = 2 * TERM;
        }

        @Actor
        public void first(ZZI_Result result) {
            result.r1 = counter.tryReserve(1);
        }

        @Actor
        public void second(ZZI_Result result) {
            result.r2 = counter.tryReserve(1);
        }

        @Arbiter
        public void end(ZZI_Result result) {
            result.r3 = counter.taken();
        }
    }

    /** The same at the moment at which the numbers of the terms begin again. */
    @JCStressTest
    @Outcome(id = "true, true, 2", expect = Expect.ACCEPTABLE, desc = "both have a place")
    @Outcome(
            id = {"true, false, 2", "false, true, 2"},
            expect = Expect.ACCEPTABLE_INTERESTING,
            desc = "the void reservation counted for one more term: one pick too few, never too many")
    @State
    public static class NumbersBeginAgain {

        private long now;
        private final InFlightCounter counter = new InFlightCounter(() -> now);

        public NumbersBeginAgain() {
            counter.tryReserve(1);
            now = TERM << 12;
        }

        @Actor
        public void first(ZZI_Result result) {
            result.r1 = counter.tryReserve(2);
        }

        @Actor
        public void second(ZZI_Result result) {
            result.r2 = counter.tryReserve(2);
        }

        @Arbiter
        public void end(ZZI_Result result) {
            result.r3 = counter.taken();
        }
    }

    /** A whole request beside a pick, whose reservation it may take over. */
    @JCStressTest
    @Outcome(id = "true, 1", expect = Expect.ACCEPTABLE, desc = "the request began first")
    @Outcome(id = "true, 0", expect = Expect.ACCEPTABLE, desc = "the request took the reservation over")
    @State
    public static class RequestBesideReservation {

        private final InFlightCounter counter = new InFlightCounter(() -> 0);

        @Actor
        public void request(ZI_Result result) {
            counter.start();
            counter.end();
        }

        @Actor
        public void pick(ZI_Result result) {
            result.r1 = counter.tryReserve(2);
        }

        @Arbiter
        public void end(ZI_Result result) {
            result.r2 = counter.taken();
        }
    }

    /** Two requests, of which one ends. */
    @JCStressTest
    @Outcome(id = {"1, 1", "2, 1"}, expect = Expect.ACCEPTABLE, desc = "exact")
    @State
    public static class TwoRequests {

        private final InFlightCounter counter = new InFlightCounter(() -> 0);

        @Actor
        public void stays(II_Result result) {
            counter.start();
            result.r1 = counter.taken();
        }

        @Actor
        public void ends() {
            counter.start();
            counter.end();
        }

        @Arbiter
        public void end(II_Result result) {
            result.r2 = counter.taken();
        }
    }
}
