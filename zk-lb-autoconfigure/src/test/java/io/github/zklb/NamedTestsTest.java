package io.github.zklb;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.platform.commons.annotation.Testable;
import org.junit.platform.commons.support.AnnotationSupport;

/** The documentation names tests as its witnesses: each of them is there. */
class NamedTestsTest {

    private static final Pattern NAMED = Pattern.compile("`([A-Z]\\w*Test)(?:\\.(\\w+))?`");
    private static final Pattern NUMBERED_ROW = Pattern.compile("(?m)^\\| *(\\d+) *\\|.*$");
    private static final Map<String, List<Path>> SOURCES = sources();

    @Test
    void everyTestThatTheDocumentationNamesExists() {
        Map<String, List<String>> missing = new TreeMap<>();
        for (Path document : Documents.all()) {
            List<String> notFound = NAMED.matcher(Documents.read(document))
                    .results()
                    .filter(named -> !exists(named))
                    .map(MatchResult::group)
                    .toList();
            if (!notFound.isEmpty()) {
                missing.put(Documents.name(document), notFound);
            }
        }
        assertThat(missing).isEmpty();
    }

    @Test
    void everyTrapHasATest() {
        List<MatchResult> rows = NUMBERED_ROW
                .matcher(Documents.read(
                        Documents.ROOT.resolve("docs/decisions/017-traps-of-spring-cloud-loadbalancer.md")))
                .results()
                .toList();
        assertThat(rows).hasSize(18);
        assertThat(rows)
                .allSatisfy(row -> assertThat(
                                NAMED.matcher(row.group()).results().anyMatch(named -> named.group(2) != null))
                        .as("trap %s", row.group(1))
                        .isTrue());
    }

    private static boolean exists(MatchResult named) {
        String method = named.group(2);
        return SOURCES.getOrDefault(named.group(1), List.of()).stream()
                .anyMatch(source -> method == null || isTest(source, method));
    }

    private static boolean isTest(Path source, String method) {
        return testClass(source)
                .map(type -> isTest(type, method))
                .orElseGet(() -> Documents.read(source).contains("void " + method + "("));
    }

    private static boolean isTest(Class<?> type, String name) {
        return Stream.<Class<?>>iterate(type, Objects::nonNull, Class::getSuperclass)
                .flatMap(level -> Arrays.stream(level.getDeclaredMethods()))
                .filter(method -> method.getName().equals(name))
                .anyMatch(NamedTestsTest::isTest);
    }

    private static boolean isTest(Method method) {
        return AnnotationSupport.isAnnotated(method, Testable.class);
    }

    /** The class of a source of this module; of another module's there is only the source. */
    private static Optional<Class<?>> testClass(Path source) {
        String path = source.toString();
        String name = path.substring(path.indexOf("/java/") + 6, path.length() - ".java".length());
        try {
            return Optional.of(Class.forName(name.replace('/', '.'), false, NamedTestsTest.class.getClassLoader()));
        } catch (ClassNotFoundException e) {
            return Optional.empty();
        }
    }

    private static Map<String, List<Path>> sources() {
        try (Stream<Path> modules = Files.list(Documents.ROOT)) {
            return modules.map(module -> module.resolve("src/test/java"))
                    .filter(Files::isDirectory)
                    .flatMap(tests -> Documents.find(tests, "Test.java").stream())
                    .collect(Collectors.groupingBy(
                            file -> file.getFileName().toString().replace(".java", "")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
