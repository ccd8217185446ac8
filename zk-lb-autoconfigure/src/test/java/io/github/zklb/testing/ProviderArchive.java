package io.github.zklb.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The classes of a {@link ProviderApplication} as Java loads them fastest, for runs that start many: from jars, and from an
 * archive that a first process leaves behind.
 */
public final class ProviderArchive {

    /** What no provider has by the starter and by Spring MVC. */
    private static final Pattern NOT_NEEDED =
            Pattern.compile("junit|mockito|assertj|awaitility|byte-buddy|json-path|validat"
                    + "|webflux|webclient|restclient|http-client|http-codec|reactor-netty|boot-reactor|boot-netty|resilience4j"
                    + "|actuator|boot-micrometer|boot-health|retry|boot-test|spring-test|curator-test|oauth");

    private final List<String> java;

    /**
     * Makes it, which takes as long as a start and an end of a provider.
     *
     * @param directory where to put it
     * @param withZkLb whether zk-lb is among them
     * @param connectString a ZooKeeper that runs
     */
    public ProviderArchive(Path directory, boolean withZkLb, String connectString) throws IOException {
        Path archive = directory.resolve("provider.jsa");
        String classPath = jars(directory, ProviderProcess.classPath(withZkLb));
        try (ProviderProcess first = new ProviderProcess(
                List.of("-XX:ArchiveClassesAtExit=" + archive, "-cp", classPath),
                connectString,
                "spring.cloud.zookeeper.discovery.register=false")) {
            first.awaitReady();
            first.stop();
        }
        java = List.of("-XX:SharedArchiveFile=" + archive, "-cp", classPath);
    }

    /** Starts a process and does not wait for it. */
    public ProviderProcess start(String connectString, String... properties) {
        return new ProviderProcess(java, connectString, properties);
    }

    /** What cannot be archived from a directory goes into a jar, of the tests the application alone. */
    private static String jars(Path directory, String classPath) {
        return Arrays.stream(classPath.split(System.getProperty("path.separator")))
                .map(Path::of)
                .filter(entry ->
                        !NOT_NEEDED.matcher(String.valueOf(entry.getFileName())).find())
                .map(entry -> Files.isDirectory(entry) ? jar(directory, entry) : entry)
                .map(Path::toString)
                .collect(Collectors.joining(System.getProperty("path.separator")));
    }

    private static Path jar(Path directory, Path classes) {
        Path jar = directory.resolve(classes.getFileName() + ".jar");
        try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar));
                Stream<Path> files = Files.walk(classes)) {
            boolean tests = classes.endsWith("test-classes");
            String application = ProviderApplication.class.getSimpleName();
            for (Path file : files.filter(Files::isRegularFile)
                    .filter(file -> !tests || file.getFileName().toString().startsWith(application))
                    .toList()) {
                out.putNextEntry(new JarEntry(classes.relativize(file).toString()));
                Files.copy(file, out);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return jar;
    }
}
