package io.github.zklb.benchmarks.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class VirtualTimeTest {

    private final VirtualTime time = new VirtualTime();
    private final List<String> happened = new ArrayList<>();

    @Test
    void eventsHappenInTheOrderOfTheirTimesAndThenOfTheirMaking() {
        note("late", 20);
        note("first", 10);
        note("second", 10);
        time.runUntil(15);
        assertThat(happened).containsExactly("first at 10", "second at 10");
        assertThat(time.nanos()).isEqualTo(15);
    }

    @Test
    void anEventMayMakeAnother() {
        time.after(10, () -> note("second", 5));
        time.runUntil(15);
        assertThat(happened).containsExactly("second at 15");
    }

    private void note(String what, long after) {
        time.after(after, () -> happened.add(what + " at " + time.nanos()));
    }
}
