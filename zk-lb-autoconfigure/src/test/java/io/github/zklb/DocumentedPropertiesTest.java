package io.github.zklb;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.config.YamlPropertiesFactoryBean;
import org.springframework.core.io.ByteArrayResource;

/** What the documents say of properties is what the configuration metadata say. */
class DocumentedPropertiesTest {

    private static final Pattern NAMED =
            Pattern.compile("`((?:zk-lb|spring|management)\\.[a-z0-9.<>*-]*[a-z0-9>*])[`:]");
    private static final Pattern OF_SERVICE = Pattern.compile("^zk-lb\\.services\\.[^.]+\\.(?=.)");
    private static final Path PAGE = Documents.ROOT.resolve("docs/reference/properties.md");

    /** What Spring reads and has no metadata of; and what the text says not to write. */
    private static final Set<String> OTHERS = Set.of(
            "spring.aot.processing",
            "spring.cloud.zookeeper.loadbalancer.enabled",
            "zk-lb.services.my.service.strategy");

    /** The properties of everything on the class path, with their types. */
    private static final Map<String, JsonNode> PROPERTIES = properties();

    @Test
    void everyPropertyOfASnippetExists() {
        assertThat(Documents.blocks("yaml"))
                .filteredOn(block -> !block.text().matches("(?s).*\\b(kind|preStop):.*")) // Kubernetes' own
                .isNotEmpty()
                .allSatisfy(block ->
                        assertThat(keys(block.text())).as(block.place()).allMatch(DocumentedPropertiesTest::exists));
    }

    @Test
    void everyPropertyThatATextNamesExists() {
        assertThat(Documents.all().stream()
                        .filter(document -> !Documents.name(document).equals("CHANGELOG.md")) // names what is gone, too
                        .flatMap(document -> NAMED.matcher(Documents.prose(document))
                                .results()
                                .map(named -> named.group(1))
                                .filter(name -> !existsOrIsAGroup(name))
                                .map(name -> Documents.name(document) + ": " + name)))
                .isEmpty();
    }

    @Test
    void thePageOfAllPropertiesIsWrittenFromTheMetadata() throws IOException {
        String page = page();
        if (Boolean.getBoolean("zklb.properties.write")) {
            Files.createDirectories(PAGE.getParent());
            Files.writeString(PAGE, page);
        }
        assertThat(Documents.read(PAGE))
                .as("write it anew with -Dzklb.properties.write=true")
                .isEqualTo(page);
    }

    private static String page() {
        Map<String, List<JsonNode>> groups = PROPERTIES.values().stream()
                .filter(property ->
                        name(property).matches("(zk-lb|management\\.(endpoint\\.zklb|health\\.zk-lb))\\..*"))
                .collect(Collectors.groupingBy(
                        property -> name(property).replaceFirst("(\\.[^.]+)\\..*|\\.[^.]+$", "$1"),
                        TreeMap::new,
                        Collectors.toList()));
        return """
                # All properties

                This page is written from the configuration metadata, which an IDE shows too. [Configuration](../configuration.md) explains the
                properties in context. A property may also be set for one service, below `zk-lb.services.<id>`, unless it says
                *application*: then it holds for the whole application.
                """
                + groups.entrySet().stream()
                        .map(group -> "\n## "
                                + group.getKey()
                                + "\n\n| Property | Type and default | Meaning |\n|---|---|---|\n"
                                + group.getValue().stream()
                                        .map(DocumentedPropertiesTest::row)
                                        .collect(Collectors.joining()))
                        .collect(Collectors.joining());
    }

    private static String row(JsonNode property) {
        JsonNode fallback = property.path("defaultValue");
        String value = fallback.isArray()
                ? StreamSupport.stream(fallback.spliterator(), false)
                        .map(JsonNode::asText)
                        .collect(Collectors.joining(", "))
                : fallback.asText();
        String type = property.get("type")
                .asText()
                .replaceAll("[\\w.]+[.$](?=\\w)", "")
                .replaceAll("[<>]", " ")
                .trim();
        return "| `%s` | %s%s | %s%s |\n"
                .formatted(
                        name(property),
                        type,
                        value.isEmpty() ? "" : ", `" + value + "`",
                        property.path("description")
                                .asText()
                                .replace("|", "\\|")
                                .replaceAll("<(\\w+)>", "`<$1>`"),
                        isOfServices(property) ? "" : " *Application.*");
    }

    private static String name(JsonNode property) {
        return property.get("name").asText();
    }

    private static boolean isOfServices(JsonNode property) {
        return property.path("sourceType")
                .asText()
                .matches("io\\.github\\.zklb\\.autoconfigure\\.properties\\.(Service|Membership|Policy)Properties.*");
    }

    private static boolean existsOrIsAGroup(String name) {
        String stem = OF_SERVICE.matcher(name).replaceFirst("zk-lb.").replaceFirst("\\.?([<*].*)?$", "");
        return exists(name)
                || (PROPERTIES.keySet().stream().anyMatch(known -> known.startsWith(stem)) && !stem.equals("spring"))
                || OTHERS.contains(name);
    }

    private static boolean exists(String key) {
        String name = key.replaceAll("\\[[^]]*]", "");
        if (OF_SERVICE.matcher(name).find()) {
            String general = OF_SERVICE.matcher(name).replaceFirst("zk-lb.");
            return parents(general)
                    .filter(parent -> parent.equals(general) || isOfManyValues(parent))
                    .map(PROPERTIES::get)
                    .anyMatch(property -> property != null && isOfServices(property));
        }
        return PROPERTIES.containsKey(name)
                || name.startsWith("logging.")
                || parents(name).anyMatch(DocumentedPropertiesTest::isOfManyValues);
    }

    private static Stream<String> parents(String name) {
        return Stream.iterate(name, parent -> parent.contains("."), parent -> parent.replaceFirst("\\.[^.]*$", ""));
    }

    private static boolean isOfManyValues(String name) {
        JsonNode property = PROPERTIES.get(name);
        return property != null
                && property.path("type").asText().matches("java\\.util\\.(Map|List|Set)<.*|.*Properties");
    }

    private static Set<String> keys(String yaml) {
        YamlPropertiesFactoryBean factory = new YamlPropertiesFactoryBean();
        factory.setResources(new ByteArrayResource(yaml.getBytes(StandardCharsets.UTF_8)));
        return Objects.requireNonNull(factory.getObject()).stringPropertyNames();
    }

    private static Map<String, JsonNode> properties() {
        try {
            Map<String, JsonNode> properties = new TreeMap<>();
            for (URL metadata : Collections.list(DocumentedPropertiesTest.class
                    .getClassLoader()
                    .getResources("META-INF/spring-configuration-metadata.json"))) {
                try (InputStream stream = metadata.openStream()) {
                    new ObjectMapper()
                            .readTree(stream)
                            .get("properties")
                            .forEach(property -> properties.put(name(property), property));
                }
            }
            return properties;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
