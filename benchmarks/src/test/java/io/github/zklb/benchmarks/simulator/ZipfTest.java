package io.github.zklb.benchmarks.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;

class ZipfTest {

    @Test
    void probabilitiesFollowThePower() {
        Zipf zipf = new Zipf(3, 1);
        SplittableRandom random = new SplittableRandom(1);
        int draws = 110_000;
        int[] counts = new int[3];
        for (int i = 0; i < draws; i++) {
            counts[zipf.draw(random)]++;
        }
        // 1 : 1/2 : 1/3
        assertThat(counts[0]).isCloseTo(60_000, Offset.offset(600));
        assertThat(counts[1]).isCloseTo(30_000, Offset.offset(600));
        assertThat(counts[2]).isCloseTo(20_000, Offset.offset(600));
    }
}
