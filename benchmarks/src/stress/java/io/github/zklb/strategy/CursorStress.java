package io.github.zklb.strategy;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** Two picks of a rotation at once, and by two pickers of one rotation, as while one replaces the other. */
public final class CursorStress {

    private CursorStress() {}

    private static final int ENDPOINTS = 256;
    private static final List<Integer> TURNS = turns();

    /** Each turn of the cycle goes to another endpoint. */
    private static StrideRotation rotation(AtomicLong cursor) {
        long[] weights = new long[ENDPOINTS];
        Arrays.fill(weights, 1);
        return new StrideRotation(weights, ENDPOINTS, cursor);
    }

    private static List<Integer> turns() {
        StrideRotation rotation = rotation(new AtomicLong());
        return Stream.generate(rotation::getAsInt).limit(ENDPOINTS).toList();
    }

    /** Each turn is taken once. */
    @JCStressTest
    @Outcome(id = {"0, 1, 2", "1, 0, 2"}, expect = Expect.ACCEPTABLE, desc = "one turn each")
    @State
    public static class OnePicker {

        private final AtomicLong cursor = new AtomicLong();
        private final StrideRotation rotation = rotation(cursor);

        @Actor
        public void first(III_Result result) {
            result.r1 = TURNS.indexOf(rotation.getAsInt());
        }

        @Actor
        public void second(III_Result result) {
            result.r2 = TURNS.indexOf(rotation.getAsInt());
        }

        @Arbiter
        public void end(III_Result result) {
            result.r3 = (int) cursor.get();
        }
    }

    /** Whoever still picks with the old picker takes no turn from the new one. */
    @JCStressTest
    @Outcome(id = {"0, 1, 2", "1, 0, 2"}, expect = Expect.ACCEPTABLE, desc = "one turn each")
    @State
    public static class OldAndNewPicker {

        private final AtomicLong cursor = new AtomicLong();
        private volatile StrideRotation published = rotation(cursor);
        private final StrideRotation old = published;

        @Actor
        public void replaces(III_Result result) {
            published = rotation(cursor);
            result.r1 = TURNS.indexOf(old.getAsInt());
        }

        @Actor
        public void picks(III_Result result) {
            result.r2 = TURNS.indexOf(published.getAsInt());
        }

        @Arbiter
        public void end(III_Result result) {
            result.r3 = (int) cursor.get();
        }
    }
}
