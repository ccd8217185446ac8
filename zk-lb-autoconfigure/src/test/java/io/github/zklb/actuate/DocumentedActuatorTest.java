package io.github.zklb.actuate;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.Documents;
import java.io.IOException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The page of the actuator's answers is written from the records that they are, and from what their Javadoc says of each field. */
class DocumentedActuatorTest {

    private static final Path PAGE = Documents.ROOT.resolve("docs/reference/actuator.md");
    private static final Pattern COMMENTED =
            Pattern.compile("/\\*\\*((?:(?!\\*/).)*)\\*/\\s*(?:public )?record (\\w+)\\(", Pattern.DOTALL);
    private static final Pattern PARAMETER =
            Pattern.compile("@param (\\w+) ((?:(?!@param|@throws).)*)", Pattern.DOTALL);

    private static final Map<String, String> REQUESTS = requests();

    private static Map<String, String> requests() {
        Map<String, String> requests = new LinkedHashMap<>();
        requests.put("services", "All services: `GET /actuator/zklb`");
        requests.put("service", "One service: `GET /actuator/zklb/{service}`");
        requests.put("explain", "Where a request goes: `GET /actuator/zklb/{service}/explain`");
        requests.put("rehearse", "What a change would do: `GET /actuator/zklb/{service}/rehearse`");
        requests.put("ring", "The ring: `GET /actuator/zklb/{service}/ring`");
        requests.put("events", "Events: `GET /actuator/zklb/{service}/events`");
        requests.put("overlays", "Overlays: `GET /actuator/zklboverlays/{service}`");
        requests.put("preview", "A preview: `POST /actuator/zklboverlays/{service}` with `preview`");
        requests.put("written", "A written overlay: `POST /actuator/zklboverlays/{service}`");
        requests.put("deleted", "A deleted overlay: `DELETE /actuator/zklboverlays/{service}`");
        requests.put("refusal", "A refused request: any of these with another status than 200");
        return requests;
    }

    private final Map<String, String> sources = new HashMap<>();

    @Test
    void thePageOfTheAnswersIsWrittenFromTheirRecords() throws IOException {
        assertThat(SchemaTest.ANSWERS.keySet()).containsExactlyElementsOf(REQUESTS.keySet());
        String page = page();
        if (Boolean.getBoolean("zklb.properties.write")) {
            Files.writeString(PAGE, page);
        }
        assertThat(Documents.read(PAGE))
                .as("write it anew with -Dzklb.properties.write=true")
                .isEqualTo(page);
    }

    private String page() {
        StringBuilder page = new StringBuilder("""
                # The actuator's answers

                This page is written from the code. [What it sees and does](../operations.md#what-it-sees-and-does-the-actuators-endpoint) says what to ask
                and what the answers are good for, [Overlays over HTTP](../operations.md#overlays-over-http) what may be written. As long as `schema` is
                %d, fields are only added. `[]` stands for each element of a list.
                """.formatted(ZkLbEndpoint.SCHEMA));
        SchemaTest.ANSWERS.forEach((name, type) -> {
            page.append("\n## ").append(REQUESTS.get(name)).append("\n\n| Field | Type | Meaning |\n|---|---|---|\n");
            rows("", type, page);
        });
        return page.toString();
    }

    private void rows(String path, Class<?> form, StringBuilder page) {
        for (RecordComponent each : form.getRecordComponents()) {
            Type type = each.getGenericType();
            String name = path + each.getName();
            while (type instanceof ParameterizedType list
                    && Iterable.class.isAssignableFrom((Class<?>) list.getRawType())) {
                type = list.getActualTypeArguments()[0];
                name += "[]";
            }
            page.append("| `%s` | %s | %s |\n".formatted(name, words(type), meaning(form, each.getName())));
            if (type instanceof Class<?> inner && inner.isRecord()) {
                rows(name + ".", inner, page);
            }
        }
    }

    private static String words(Type type) {
        if (type instanceof ParameterizedType map) {
            Type[] of = map.getActualTypeArguments();
            return "map to " + words(of[of.length - 1]);
        }
        Class<?> simple = (Class<?>) type;
        return simple.isEnum()
                ? Arrays.stream(Objects.requireNonNull(simple.getEnumConstants()))
                        .map(each -> "`" + each + "`")
                        .collect(Collectors.joining(", "))
                : simple.isRecord() ? "object" : simple.getSimpleName().toLowerCase(Locale.ROOT);
    }

    private String meaning(Class<?> form, String component) {
        String source = sources.computeIfAbsent(form.getNestHost().getName(), DocumentedActuatorTest::source);
        Matcher records = COMMENTED.matcher(source);
        while (records.find()) {
            if (records.group(2).equals(form.getSimpleName())) {
                Matcher parameters = PARAMETER.matcher(records.group(1).replaceAll("\\s*\\n\\s*\\*\\s*", " "));
                while (parameters.find()) {
                    if (parameters.group(1).equals(component)) {
                        return parameters
                                .group(2)
                                .strip()
                                .replaceAll("\\{@(?:code|value|link) #?([^}]*)}", "`$1`")
                                .replace("|", "\\|");
                    }
                }
            }
        }
        return "";
    }

    private static String source(String type) {
        return Documents.read(
                Documents.ROOT.resolve("zk-lb-autoconfigure/src/main/java/" + type.replace('.', '/') + ".java"));
    }
}
