package io.github.zklb.sample.demo;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ReportTest {

    private final Report report = new Report();

    @Test
    void alignsTheColumns() {
        report.title("(a) shares");
        report.row("orders-1", "41.67 %", "41.67 %", true);
        report.count("users that moved", 12_345, 0);
        report.millis("last request", 267_600_000, 1_000);

        assertThat(report.toString().lines())
                .containsExactly(
                        "                      measured       ideal  verdict",
                        "---------------------------------------------------",
                        "(a) shares",
                        "    orders-1           41.67 %     41.67 %  ok",
                        "    users that moved    12,345           0  FAILED",
                        "    last request        268 ms  < 1,000 ms  ok");
    }

    @Test
    void passesWithoutAWrongRow() {
        report.count("users whose clients disagreed", 0, 0);

        assertThat(report.passed()).isTrue();
    }

    @Test
    void oneWrongRowFailsTheWhole() {
        report.count("users whose clients disagreed", 1, 0);
        report.count("users of the others that moved", 0, 0);

        assertThat(report.passed()).isFalse();
    }

    @Test
    void aTimeAtItsLimitIsWrong() {
        report.millis("last request", 1_000_000_000, 1_000);

        assertThat(report.passed()).isFalse();
    }
}
