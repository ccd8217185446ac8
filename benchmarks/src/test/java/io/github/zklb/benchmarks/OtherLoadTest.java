package io.github.zklb.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OtherLoadTest {

    private static final long SECOND = 1_000_000_000;

    @Test
    void idleTimeAndGuestsAreNotBusy() {
        String machine = "cpu  1000 200 30 90000 8000 4 5 6 500 50\ncpu0 1 1 1 1 1 1 1 1 1 1\n";
        assertThat(OtherLoad.busy(machine)).isEqualTo(1000 + 200 + 30 + 4 + 5 + 6);
    }

    @Test
    void theOwnTimeIsThatOfTheProcessAndItsChildren() {
        String process = "7 (a name) of) S 1 7 7 0 -1 4194560 1 2 3 4 100 20 3000 400 20 0 1 0 9 9 9";
        assertThat(OtherLoad.own(process)).isEqualTo(100 + 20 + 3000 + 400);
    }

    @Test
    void othersUseCores() {
        assertThat(new OtherLoad(350, 3 * SECOND).since(new OtherLoad(50, SECOND)))
                .isEqualTo(1.5);
        assertThat(OtherLoad.now().since(new OtherLoad(Double.NaN, 0))).isNaN();
    }
}
