package io.github.zklb.reports;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.zklb.calls.CountedCall;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a server says of its load, in the words of ORCA (Open Request Cost Aggregation), as Envoy and gRPC read it: in the
 * response's header {@value #HEADER}, as {@code TEXT} or {@code JSON}. Immutable.
 *
 * @param cpu the part of its processors that it uses: {@code cpu_utilization}; 0 if it does not say
 * @param application the part of its capacity that is in use, as the application itself knows it: {@code
 *     application_utilization}; may be above 1; 0 if it does not say
 * @param requestsPerSecond the requests that it serves: {@code rps_fractional}; 0 if it does not say
 * @param errorsPerSecond how many of them fail: {@code eps}
 */
public record LoadReport(double cpu, double application, double requestsPerSecond, double errorsPerSecond) {

    /** The header of a response that has the report. */
    public static final String HEADER = "endpoint-load-metrics";

    /** The header of a request by which a client asks for one. */
    public static final String ASKING_HEADER = "endpoint-load-metrics-format";

    /** The format that zk-lb asks for. */
    public static final String TEXT = "TEXT";

    /** The other one that it reads and writes. */
    public static final String JSON = "JSON";

    /** Longer texts are not read. */
    public static final int LONGEST = CountedCall.LONGEST_REPORT;

    private static final int MOST_FIELDS = 16;
    private static final double LARGEST = 1e12;

    /** Less is nothing: it is what six decimals can say. */
    private static final double LEAST = 1e-6;

    /** Below this part of the processor, what a process does beside its requests hides what these take. */
    private static final double TELLING = 0.1;

    private static final ObjectMapper JSON_READER = new ObjectMapper();

    /**
     * Reads a header's value. A value that is no number, negative or absurd is ignored, and so is every field that has another
     * name or comes after the first {@value #MOST_FIELDS}.
     *
     * @return null if there is nothing in it to go by, or it is longer than {@value #LONGEST} characters
     */
    public static @Nullable LoadReport parse(String header) {
        String[] parts =
                header.length() > LONGEST ? new String[0] : header.strip().split("\\s+", 2);
        if (parts.length < 2) {
            return null;
        }
        Map<String, Double> fields = parts[0].equalsIgnoreCase(TEXT)
                ? inText(parts[1])
                : parts[0].equalsIgnoreCase(JSON) ? inJson(parts[1]) : Map.of();
        return fields.isEmpty()
                ? null
                : new LoadReport(
                        fields.getOrDefault("cpuutilization", 0.0),
                        fields.getOrDefault("applicationutilization", 0.0),
                        fields.getOrDefault("rpsfractional", 0.0),
                        fields.getOrDefault("eps", 0.0));
    }

    /** Envoy takes a colon for an equals sign, too. */
    private static Map<String, Double> inText(String text) {
        Map<String, Double> fields = new LinkedHashMap<>();
        String[] pairs = text.split(",", MOST_FIELDS + 1);
        for (int i = 0; i < Math.min(pairs.length, MOST_FIELDS); i++) {
            String[] pair = pairs[i].split("[=:]", 2);
            if (pair.length == 2) {
                put(fields, pair[0].strip(), number(pair[1].strip()));
            }
        }
        return fields;
    }

    private static Map<String, Double> inJson(String text) {
        Map<String, Double> fields = new LinkedHashMap<>();
        try {
            JsonNode root = JSON_READER.readTree(text);
            if (root.isObject()) {
                root.properties().stream()
                        .limit(MOST_FIELDS)
                        .filter(each -> each.getValue().isNumber())
                        .forEach(each ->
                                put(fields, each.getKey(), each.getValue().doubleValue()));
            }
        } catch (JsonProcessingException e) {
            return Map.of();
        }
        return fields;
    }

    /** The two ways in which JSON made of a protocol buffer writes names are the same here. */
    private static void put(Map<String, Double> fields, String name, double value) {
        if (value == 0 || value >= LEAST && value <= LARGEST) {
            fields.put(name.replace("_", "").toLowerCase(Locale.ROOT), value);
        }
    }

    private static double number(String text) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            return Double.NaN;
        }
    }

    /**
     * How many requests the server could serve each second, by those that it serves and what they take of it. It does not depend
     * on the share that the server is given: who is given twice as much uses twice as much. A request that fails counts as if it
     * had taken the whole server for a second, since who fails fast looks fast.
     *
     * @return 0 if the report does not tell: also where the processor is nearly idle, so that what else the process does hides
     *     what requests take
     */
    public double capacity() {
        double used = application > 0 ? application : cpu >= TELLING ? cpu : 0;
        return used > 0 && requestsPerSecond > 0 ? requestsPerSecond / (used + errorsPerSecond / requestsPerSecond) : 0;
    }

    /** The header's value as {@code TEXT}. */
    String text() {
        return TEXT + ' ' + written("%s=%.6f");
    }

    /** The header's value as {@code JSON}. */
    String json() {
        return JSON + " {" + written("\"%s\":%.6f") + '}';
    }

    private String written(String form) {
        List<String> fields = new ArrayList<>();
        write(fields, form, "cpu_utilization", cpu);
        write(fields, form, "application_utilization", application);
        write(fields, form, "rps_fractional", requestsPerSecond);
        write(fields, form, "eps", errorsPerSecond);
        return String.join(",", fields);
    }

    /** What it does not say is left out. */
    private static void write(List<String> fields, String form, String name, double value) {
        if (value > 0 || name.equals("rps_fractional")) {
            fields.add(String.format(Locale.ROOT, form, name, value));
        }
    }
}
