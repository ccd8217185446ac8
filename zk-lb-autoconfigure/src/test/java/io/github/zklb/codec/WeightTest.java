package io.github.zklb.codec;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WeightTest {

    @ParameterizedTest
    @CsvSource({"0,0", "1,1", "' 7 ',7", "5.0,5", "1e3,1000", "1000000,1000000", "-0,0"})
    void aWholeNumberIsTaken(String text, double weight) {
        assertThat(Weight.of(text)).isEqualTo(new Weight(weight, true));
    }

    @ParameterizedTest
    @CsvSource({"0.5,0.5", "1.5,1.5", "0.001,0.001", "1.2500,1.25", "5e-1,0.5"})
    void aFractionIsTaken(String text, double weight) {
        assertThat(Weight.of(text)).isEqualTo(new Weight(weight, true));
    }

    @ParameterizedTest
    @CsvSource({"0.33333,0.333", "0.0006,0.001", "0.0001,0.001", "1e-999999999,0.001", "999999.9999,1000000"})
    void moreDecimalsAreRoundedAndDoNotDrain(String text, double weight) {
        assertThat(Weight.of(text)).isEqualTo(new Weight(weight, false));
    }

    @ParameterizedTest
    @CsvSource({"1000001", "1e9", "1000000000000", "1E+999999999", "Infinity", "+Infinity"})
    void aLargerNumberCountsAsUndeclared(String text) {
        assertThat(Weight.of(text)).isEqualTo(new Weight(1, false));
    }

    @ParameterizedTest
    @CsvSource({"-1", "-0.5", "-1e999999999", "-Infinity"})
    void aNegativeNumberCountsAsUndeclared(String text) {
        assertThat(Weight.of(text)).isEqualTo(new Weight(1, false));
    }

    @ParameterizedTest
    @CsvSource({"NaN", "heavy", "''", "0x10", "'1,5'", "1_000", "١"})
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
