package io.github.zklb.reports;

import java.util.Random;

/** What has to hold for whatever a header contains, and a source of such contents. */
final class LoadReportFuzz {

    private static final String[] FRAGMENTS = {
        "TEXT ",
        "JSON ",
        "{",
        "}",
        "[",
        "[[[[[[[[",
        ",",
        "=",
        ":",
        "\"",
        "\\",
        "\\u0000",
        "\u0000",
        "\u202e",
        "\ud800",
        "\r\n",
        "cpu_utilization",
        "\"cpuUtilization\":",
        "application_utilization=",
        "rps_fractional=",
        "eps=",
        "named_metrics",
        "null",
        "1e999",
        "-0.0",
        "0x1p3",
        "NaN",
        "Infinity",
        "99999999999999999999999999999999",
        "1e-400"
    };

    private static final String[] GOOD = {
        "TEXT cpu_utilization=0.3, application_utilization=0.2, rps_fractional=10.0, eps=1",
        "JSON {\"cpu_utilization\": 0.3, \"rps_fractional\": 10, \"eps\": 1, \"named_metrics\": {\"a\": [1, {}]}}"
    };

    private final Random random;

    LoadReportFuzz(long seed) {
        random = new Random(seed);
    }

    /** A header with some damage: characters changed, cut, doubled, or fragments put in. */
    String header() {
        String header = GOOD[random.nextInt(GOOD.length)];
        for (int change = random.nextInt(5); change >= 0; change--) {
            int at = random.nextInt(header.length() + 1);
            int to = Math.min(header.length(), at + random.nextInt(20));
            String middle = switch (random.nextInt(4)) {
                case 0 -> String.valueOf((char) random.nextInt(1 << 16));
                case 1 -> "";
                case 2 -> header.substring(at, to).repeat(random.nextInt(30));
                default -> FRAGMENTS[random.nextInt(FRAGMENTS.length)];
            };
            header = header.substring(0, at) + middle + header.substring(to);
        }
        return header;
    }

    /**
     * Reads a header and looks at what comes of it.
     *
     * @return whether it is a report
     */
    static boolean check(String header) {
        LoadReport report = LoadReport.parse(header);
        if (report == null) {
            return false;
        }
        double capacity = report.capacity();
        for (double each : new double[] {
            report.cpu(), report.application(), report.requestsPerSecond(), report.errorsPerSecond(), capacity
        }) {
            if (!(each >= 0)) {
                throw new AssertionError("not a valid report: " + report);
            }
        }
        if (header.length() > LoadReport.LONGEST || LoadReport.parse(report.text()) == null) {
            throw new AssertionError("not to be read again: " + report);
        }
        return true;
    }
}
