package io.github.zklb.autoconfigure.properties;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.zklb.strategy.StrategyCatalogue;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

/** What an IDE shows of the properties. */
class ConfigurationMetadataTest {

    private final JsonNode metadata = read();

    @Test
    void everyPropertyHasADescriptionThatIsASentence() {
        assertThat(metadata.get("properties")).isNotEmpty().allSatisfy(property -> {
            String description = property.path("description").asText();
            assertThat(description)
                    .as(property.get("name").asText())
                    .isNotBlank()
                    .endsWith(".")
                    .doesNotStartWith("The ");
        });
    }

    @Test
    void everyStrategyIsHinted() {
        assertThat(hinted("zk-lb.strategy"))
                .containsExactlyInAnyOrderElementsOf(new StrategyCatalogue(List.of()).names());
    }

    @Test
    void everyHintIsOfAPropertyThatExists() {
        List<String> names = StreamSupport.stream(metadata.get("properties").spliterator(), false)
                .map(property -> property.get("name").asText())
                .toList();
        assertThat(metadata.get("hints"))
                .allSatisfy(hint -> assertThat(names).contains(hint.get("name").asText()));
    }

    @Test
    void theKeysThatAreKnownAtRunTimeAreTheseProperties() {
        assertThat(PropertyKeys.NAMES.values())
                .filteredOn(name -> !name.startsWith("services.") && !name.startsWith("routes.")) // below an element
                .map(name -> "zk-lb." + name)
                .containsExactlyInAnyOrderElementsOf(
                        StreamSupport.stream(metadata.get("properties").spliterator(), false)
                                .map(property -> property.get("name").asText())
                                .filter(name -> !name.startsWith("management."))
                                .toList());
    }

    private List<String> hinted(String property) {
        return StreamSupport.stream(metadata.get("hints").spliterator(), false)
                .filter(hint -> hint.get("name").asText().equals(property))
                .flatMap(hint -> StreamSupport.stream(hint.get("values").spliterator(), false))
                .map(value -> value.get("value").asText())
                .toList();
    }

    private static JsonNode read() {
        try (InputStream stream = Objects.requireNonNull(
                ZkLbProperties.class.getResourceAsStream("/META-INF/spring-configuration-metadata.json"))) {
            return new ObjectMapper().readTree(stream);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
