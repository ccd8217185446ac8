package io.github.zklb.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MarkdownTableTest {

    @Test
    void aTableHasATextColumnAndFigures() {
        MarkdownTable table = new MarkdownTable("a", "b");
        table.row(List.of("x", "1"));
        assertThat(table).hasToString("| a | b |\n|---|---:|\n| x | 1 |\n");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "255969.4; 255,969",
                "230; 230",
                "83.04; 83.0",
                "6; 6",
                "6.173; 6.17",
                "0.5; 0.5",
                "0.00013271; 0.00013",
                "0; 0",
                "NaN; –"
            })
    void aFigureHasTwoOrThreeDigits(double value, String text) {
        assertThat(MarkdownTable.figure(value)).isEqualTo(text);
    }

    @Test
    void aFigureThatIsNotThereHasNoUnit() {
        assertThat(MarkdownTable.figure(1.5, "ms")).isEqualTo("1.5 ms");
        assertThat(MarkdownTable.figure(Double.NaN, "ms")).isEqualTo("–");
    }

    @Test
    void anErrorStandsBeforeTheUnitAndIsNotSmallerThanItIs() {
        assertThat(MarkdownTable.figure(11.04, 0.1212, "ns")).isEqualTo("11.0 ± 0.13 ns");
        assertThat(MarkdownTable.figure(2_119, 341, "ns")).isEqualTo("2,119 ± 350 ns");
        assertThat(MarkdownTable.figure(11.04, Double.NaN, "ns")).isEqualTo("11.0 ns");
        assertThat(MarkdownTable.figure(Double.NaN, Double.NaN, "ns")).isEqualTo("–");
    }
}
