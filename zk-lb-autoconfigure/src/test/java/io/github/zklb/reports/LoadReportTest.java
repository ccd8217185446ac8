package io.github.zklb.reports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is read of a header, and what is written into one. */
class LoadReportTest {

    private static final LoadReport REPORT = new LoadReport(0.3, 0.2, 10, 1);

    @ParameterizedTest
    @ValueSource(
            strings = {
                "TEXT cpu_utilization=0.3, application_utilization=0.2, rps_fractional=10.0, eps=1",
                "TEXT cpu_utilization:0.3,application_utilization:0.2,rps_fractional:10.0,eps:1",
                "text\tcpu_utilization=0.3,mem_utilization=0.8,application_utilization=0.2,rps_fractional=1e1,eps=1,"
                        + "named_metrics.queue=0.1",
                "JSON {\"cpu_utilization\": 0.3, \"application_utilization\": 0.2, \"rps_fractional\": 10, \"eps\": 1}",
                "JSON {\"cpuUtilization\":0.3,\"applicationUtilization\":0.2,\"rpsFractional\":10.0,\"eps\":1,"
                        + "\"named_metrics\":{\"queue\":0.1,\"eps\":7}}"
            })
    void bothFormatsSayTheSame(String header) {
        assertThat(LoadReport.parse(header)).isEqualTo(REPORT);
    }

    @Test
    void badValuesAreIgnoredOneByOne() {
        assertThat(LoadReport.parse("TEXT cpu_utilization=-1, application_utilization=NaN, rps_fractional=10, eps=1"))
                .isEqualTo(new LoadReport(0, 0, 10, 1));
        assertThat(LoadReport.parse("TEXT cpu_utilization=0.3=4, =, ,eps, rps_fractional=10, eps=1e300"))
                .isEqualTo(new LoadReport(0, 0, 10, 0));
        assertThat(LoadReport.parse("JSON {\"cpu_utilization\":\"0.3\",\"rps_fractional\":10,\"eps\":null}"))
                .isEqualTo(new LoadReport(0, 0, 10, 0));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "TEXT",
                "TEXT ",
                "JSON {",
                "JSON []",
                "JSON 1",
                "JSON {\"cpu_utilization\":0.3",
                "BIN CQAAAAAAAOA/",
                "cpu_utilization=0.3",
                "TEXT cpu_utilization=x",
                "XML <a/>"
            })
    void whatSaysNothingIsNoReport(String header) {
        assertThat(LoadReport.parse(header)).isNull();
    }

    @Test
    void aLongTextAndTheSeventeenthFieldAreNotRead() {
        String others = IntStream.range(0, 15).mapToObj(i -> "m" + i + "=1").collect(Collectors.joining(","));
        assertThat(LoadReport.parse("TEXT " + others + ",eps=1,rps_fractional=3"))
                .isEqualTo(new LoadReport(0, 0, 0, 1));
        String text = "TEXT eps=1," + "x".repeat(LoadReport.LONGEST);
        assertThat(LoadReport.parse(text.substring(0, LoadReport.LONGEST))).isNotNull();
        assertThat(LoadReport.parse(text.substring(0, LoadReport.LONGEST + 1))).isNull();
    }

    @Test
    void whatIsWrittenIsReadAgain() {
        assertThat(List.of(REPORT.text(), REPORT.json())).allSatisfy(header -> {
            assertThat(header).isPrintable().hasSizeLessThan(LoadReport.LONGEST / 2);
            assertThat(LoadReport.parse(header)).isEqualTo(REPORT);
        });
    }

    @Test
    void whatIsNotKnownIsNotWritten() {
        assertThat(new LoadReport(0, 0, 0, 0).text()).isEqualTo("TEXT rps_fractional=0.000000");
    }

    @Test
    void capacityFollowsFromTheApplicationsUtilizationOrElseTheProcessors() {
        assertThat(new LoadReport(0.9, 0.5, 100, 0).capacity()).isEqualTo(200);
        assertThat(new LoadReport(0.5, 0, 100, 0).capacity()).isEqualTo(200);
        assertThat(new LoadReport(1.5, 0, 100, 0).capacity()).isCloseTo(66.7, within(0.1));
    }

    @Test
    void whoFailsCanServeLess() {
        assertThat(new LoadReport(0.1, 0, 100, 0).capacity()).isEqualTo(1_000);
        assertThat(new LoadReport(0.1, 0, 100, 90).capacity()).isEqualTo(100);
    }

    @Test
    void anIdleServerDoesNotTellItsCapacity() {
        assertThat(new LoadReport(0.1, 0, 0, 0).capacity()).isZero();
        assertThat(new LoadReport(0, 0, 10, 0).capacity()).isZero();
    }
}
