package io.github.zklb.codec;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WeightTest {

    @ParameterizedTest
    @CsvSource({"0,0", "1,1", "' 7 ',7", "5.0,5", "1e3,1000", "1000000,1000000", "-0,0"})
    void aWholeNumberIsTaken(String text, int weight) {
        assertThat(Weight.of(text)).isEqualTo(new Weight(weight, true));
    }

    @ParameterizedTest
    @CsvSource({"1000001", "1e9", "1E+999999999", "Infinity", "+Infinity"})
    void aLargerNumberCountsAsTheMaximum(String text) {
        assertThat(Weight.of(text)).isEqualTo(new Weight(1_000_000, false));
    }

    @ParameterizedTest
    @CsvSource({"-1", "-0.5", "-1e999999999", "-Infinity"})
    void aNegativeNumberDrains(String text) {
        assertThat(Weight.of(text)).isEqualTo(new Weight(0, false));
    }

    @ParameterizedTest
    @CsvSource({"NaN", "0.5", "1.5", "1e-999999999", "heavy", "''", "0x10", "'1,5'", "1_000", "١"})
    void anythingElseCountsAsUndeclared(String text) {
        assertThat(Weight.of(text).value()).isEqualTo(1);
    }

    @Test
    void noWeightIsOne() {
        assertThat(Weight.of(null)).isEqualTo(new Weight(1, true));
    }

    @Test
    void aNumberOfAnyLengthIsCheap() {
        assertThat(Weight.of("9".repeat(60_000))).isEqualTo(new Weight(1, false));
    }
}
