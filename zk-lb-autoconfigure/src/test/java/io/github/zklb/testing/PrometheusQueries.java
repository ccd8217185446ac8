package io.github.zklb.testing;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.yaml.snakeyaml.Yaml;

/** The queries in what is documented for Prometheus and Grafana, as far as their metrics and labels go. */
public final class PrometheusQueries {

    private static final Pattern SELECTOR = Pattern.compile("(zk_lb_\\w+)(?:\\{([^}]*)})?");
    private static final Pattern LABEL = Pattern.compile("(\\w+)(=~|!=|=)\"([^\"]*)\"");
    private static final Pattern GROUPING = Pattern.compile("(?:by|on) \\(([^)]*)\\)");

    /** What Prometheus itself adds to each sample. */
    private static final Set<String> OF_PROMETHEUS = Set.of("job", "instance");

    private PrometheusQueries() {}

    /** Those of the alert rules, by the rules' names. */
    public static Map<String, String> ofAlerts(Path file) throws IOException {
        Map<String, List<Map<String, List<Map<String, String>>>>> rules = new Yaml().load(Files.readString(file));
        return rules.getOrDefault("groups", List.of()).stream()
                .flatMap(group -> group.getOrDefault("rules", List.of()).stream())
                .collect(Collectors.toMap(
                        rule -> rule.getOrDefault("alert", ""), rule -> rule.getOrDefault("expr", "")));
    }

    /** The panels of a dashboard, those in rows and the rows too. */
    public static List<JsonNode> panels(Path file) throws IOException {
        List<JsonNode> panels = new ArrayList<>();
        for (JsonNode panel :
                new ObjectMapper().readTree(Files.readString(file)).path("panels")) {
            panels.add(panel);
            panel.path("panels").forEach(panels::add);
        }
        return panels;
    }

    /** Those of a panel. */
    public static List<String> of(JsonNode panel) {
        List<String> queries = new ArrayList<>();
        panel.path("targets").forEach(target -> queries.add(target.path("expr").asText()));
        return queries;
    }

    /** Each metric of a query has a sample in a scrape, with each label and each value that the query names. */
    public static void assertThatScrapeHasAllOf(String query, String scrape) {
        Matcher selector = SELECTOR.matcher(query);
        assertThat(selector.find()).as(query).isTrue();
        do {
            String metric = selector.group(1);
            assertThat(samples(scrape, metric)).as(query).isNotEmpty();
            Matcher label = LABEL.matcher(selector.group(2) == null ? "" : selector.group(2));
            while (label.find()) {
                if (!OF_PROMETHEUS.contains(label.group(1)) && !label.group(3).startsWith("$")) {
                    for (String value : label.group(3).split("\\|")) {
                        assertThat(samples(scrape, metric))
                                .as(query)
                                .anyMatch(sample -> sample.contains(label.group(1) + "=\"" + value + '"'));
                    }
                }
            }
        } while (selector.find());
        Matcher grouping = GROUPING.matcher(query);
        while (grouping.find()) {
            assertThat(Arrays.stream(grouping.group(1).split(", *")))
                    .as(query)
                    .allMatch(label -> OF_PROMETHEUS.contains(label) || scrape.contains(label + "=\""));
        }
    }

    private static List<String> samples(String scrape, String metric) {
        return scrape.lines().filter(line -> line.startsWith(metric + "{")).toList();
    }
}
