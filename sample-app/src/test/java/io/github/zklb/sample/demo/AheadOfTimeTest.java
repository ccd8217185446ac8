package io.github.zklb.sample.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The consumer with a context that was prepared ahead of time. Does what {@code spring-boot:process-aot} does, and starts
 * what came of it as a process of its own.
 */
class AheadOfTimeTest {

    private static final String MAIN_CLASS = "io.github.zklb.sample.SampleApplication";

    /** A process that does not do what it ought to is ended, and its output shown. */
    private static final int LONGEST_SECONDS = 120;

    @TempDir
    Path directory;

    @Test
    void theConsumerStartsFromGeneratedCodeAndBalancesItsCalls() throws Exception {
        String generated = generate();
        try (EmbeddedZooKeeper zookeeper = new EmbeddedZooKeeper()) {
            Provider one = new Provider("orders-1", 3, "a", zookeeper.address());
            Provider two = new Provider("orders-2", 1, "a", zookeeper.address());
            one.start();
            two.start();
            Process consumer = java(
                    generated + File.pathSeparator + classPath(),
                    List.of("-Dspring.aot.enabled=true"),
                    List.of(
                            MAIN_CLASS,
                            "--spring.profiles.active=consumer",
                            "--spring.main.log-startup-info=true",
                            "--logging.level.root=info",
                            "--zookeeper=" + zookeeper.address(),
                            "--server.port=0"));
            try {
                List<String> output = linesUntilEachIsNamed(consumer, one.answer(), two.answer());
                assertThat(output)
                        .anyMatch(line -> line.contains("Starting AOT-processed SampleApplication"))
                        .anyMatch(line -> line.contains("requests, 0 failed"))
                        .noneMatch(line -> line.contains(" ERROR "));
            } finally {
                consumer.destroyForcibly().waitFor();
                one.stop();
                two.stop();
            }
        }
    }

    /** Generates the consumer's code, compiles it, and returns it as a part of a class path. */
    private String generate() throws Exception {
        Path sources = directory.resolve("sources");
        Path resources = directory.resolve("resources");
        Path classes = directory.resolve("classes");
        Process generator = java(
                classPath(),
                List.of(),
                List.of(
                        "org.springframework.boot.SpringApplicationAotProcessor",
                        MAIN_CLASS,
                        sources.toString(),
                        resources.toString(),
                        classes.toString(),
                        "io.github.zklb",
                        "sample-app",
                        "--spring.profiles.active=consumer"));
        String output = new String(generator.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(generator.waitFor()).as(output).isZero();

        String withGenerated = classes + File.pathSeparator + classPath();
        List<String> arguments =
                new ArrayList<>(List.of("-nowarn", "-proc:none", "-d", classes.toString(), "-cp", withGenerated));
        try (Stream<Path> files = Files.walk(sources)) {
            files.map(Path::toString).filter(file -> file.endsWith(".java")).forEach(arguments::add);
        }
        int status = ToolProvider.getSystemJavaCompiler().run(null, null, null, arguments.toArray(String[]::new));
        assertThat(status).isZero();
        return classes + File.pathSeparator + resources;
    }

    /** Reads until each provider has been named in a report of the shares. */
    private static List<String> linesUntilEachIsNamed(Process process, String... answers) throws IOException {
        List<String> lines = new ArrayList<>();
        BufferedReader reader = process.inputReader(StandardCharsets.UTF_8);
        String line = reader.readLine();
        while (line != null) {
            lines.add(line);
            if (Arrays.stream(answers).allMatch(answer -> lines.stream().anyMatch(said -> said.contains(answer)))) {
                return lines;
            }
            line = reader.readLine();
        }
        throw new AssertionError("the consumer ended:\n" + String.join("\n", lines));
    }

    private static Process java(String classPath, List<String> options, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-XX:TieredStopAtLevel=1");
        command.addAll(options);
        command.add("-cp");
        command.add(classPath);
        command.addAll(arguments);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        CompletableFuture.delayedExecutor(LONGEST_SECONDS, TimeUnit.SECONDS).execute(process::destroyForcibly);
        return process;
    }

    /** That of this test, without its own classes. */
    private static String classPath() {
        String all = System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
        return Arrays.stream(all.split(File.pathSeparator))
                .filter(entry -> !entry.endsWith("test-classes"))
                .collect(Collectors.joining(File.pathSeparator));
    }
}
