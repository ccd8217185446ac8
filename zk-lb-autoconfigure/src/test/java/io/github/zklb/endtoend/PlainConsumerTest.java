package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Provider;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The starter alone on the class path of a new process, and the default log. */
class PlainConsumerTest {

    @TempDir
    Path alone;

    @Test
    void aConsumerThatIsNoWebApplicationStartsPicksAndLogsLittle() throws Exception {
        try (InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
                Provider provider = Provider.start("shards", "a", zookeeper.connectString(), 1)) {
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            classPath(),
                            PlainConsumer.class.getName(),
                            "--spring.cloud.zookeeper.connect-string=" + zookeeper.connectString())
                    .redirectErrorStream(true)
                    .start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

            assertThat(process.waitFor()).as(output).isZero();
            assertThat(output).contains("picked Optional[shards[").contains(":" + provider.port() + "]");
            List<String> lines = output.lines().toList();
            assertThat(lines).as(output).noneMatch(line -> line.contains(" WARN ") || line.contains(" ERROR "));
            assertThat(lines)
                    .filteredOn(line -> line.contains(" i.g.z") || line.contains("io.github.zklb.zoo"))
                    .as("lines of zk-lb in the log at INFO:\n%s", output)
                    .hasSizeBetween(1, 5);
        }
    }

    /**
     * The consumer alone of this module's tests, the classes of this module and its runtime dependencies, as the build wrote
     * them; without the optional ones.
     */
    private String classPath() throws IOException {
        String consumer = PlainConsumer.class.getName().replace('.', '/') + ".class";
        Files.createDirectories(alone.resolve(consumer).getParent());
        Files.copy(Path.of("target/test-classes", consumer), alone.resolve(consumer));
        String[] dependencies =
                Files.readString(Path.of("target", "runtime.classpath")).trim().split(File.pathSeparator);
        return Stream.concat(
                        Stream.of("target/classes", alone.toString()),
                        Arrays.stream(dependencies)
                                .filter(jar -> !Path.of(jar)
                                        .getFileName()
                                        .toString()
                                        .matches("spring-(web|webflux|retry|boot-health)-\\d.*")))
                .collect(Collectors.joining(File.pathSeparator));
    }
}
