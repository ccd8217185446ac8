package io.github.zklb.actuate.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.zklb.testing.PrometheusQueries;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The dashboard is one that Grafana takes by provisioning, as far as its form tells; that its metrics exist is OperationsTest's. */
class DashboardTest {

    private static final Path FILE = Path.of("../docs/grafana/zk-lb.json");
    private static final String SOURCE = "${datasource}";

    @Test
    void itsIdIsFixedAndItsDataSourceIsChosen() throws IOException {
        JsonNode dashboard = new ObjectMapper().readTree(Files.readString(FILE));
        assertThat(dashboard.path("uid").asText()).isEqualTo("zk-lb");
        assertThat(dashboard.path("title").asText()).isNotBlank();
        assertThat(dashboard.has("id")).as("the id of one Grafana").isFalse();
        assertThat(dashboard.has("__inputs"))
                .as("are not resolved in provisioning")
                .isFalse();
        assertThat(dashboard.path("schemaVersion").asInt()).isPositive();
        JsonNode variables = dashboard.path("templating").path("list");
        assertThat(variables.get(0).path("type").asText()).isEqualTo("datasource");
        assertThat(variables.get(0).path("query").asText()).isEqualTo("prometheus");
        assertThat(SOURCE).contains(variables.get(0).path("name").asText());
        List<JsonNode> sources = dashboard.findValues("datasource");
        assertThat(sources)
                .isNotEmpty()
                .allSatisfy(source -> assertThat(source.path("uid").asText()).isEqualTo(SOURCE));
    }

    @Test
    void eachPanelHasAPlaceOfItsOwnAndSaysWhatItShows() throws IOException {
        List<JsonNode> panels = PrometheusQueries.panels(FILE);
        assertThat(panels).extracting(panel -> panel.path("id").asInt()).doesNotHaveDuplicates();
        List<JsonNode> placed = new ArrayList<>();
        for (JsonNode panel : panels) {
            assertThat(panel.path("title").asText()).isNotBlank();
            JsonNode place = panel.path("gridPos");
            assertThat(place.path("x").asInt() + place.path("w").asInt()).isBetween(1, 24);
            assertThat(placed).noneMatch(other -> overlap(place, other));
            placed.add(place);
            if (!panel.path("type").asText().equals("row")) {
                assertThat(panel.path("description").asText()).endsWith(".");
                assertThat(PrometheusQueries.of(panel)).isNotEmpty();
            }
        }
    }

    @Test
    void ratesFollowTheIntervalOfTheScrapes() throws IOException {
        for (JsonNode panel : PrometheusQueries.panels(FILE)) {
            assertThat(PrometheusQueries.of(panel))
                    .allSatisfy(query -> assertThat(query.replace("[$__rate_interval]", ""))
                            .as(query)
                            .doesNotContain("["));
        }
    }

    private static boolean overlap(JsonNode one, JsonNode other) {
        return isBefore(one, other, "x", "w")
                && isBefore(other, one, "x", "w")
                && isBefore(one, other, "y", "h")
                && isBefore(other, one, "y", "h");
    }

    private static boolean isBefore(JsonNode one, JsonNode other, String from, String length) {
        return one.path(from).asInt()
                < other.path(from).asInt() + other.path(length).asInt();
    }
}
