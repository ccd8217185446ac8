package io.github.zklb.testing;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A {@link ProviderApplication} in a process of its own, with or without zk-lb, and without what only consumers and tests need
 * on its class path, at a port that stays.
 */
public final class ProviderProcess implements AutoCloseable {

    private static final Pattern NOT_NEEDED =
            Pattern.compile("gateway|feign|security|testcontainers|docker|jazzer|archunit|prometheus");
    private static final Duration PATIENCE = Duration.ofSeconds(120);

    private final List<String> command;
    private final Path log;
    private Process process;

    /** Starts a process without zk-lb and does not wait for it. */
    public ProviderProcess(String connectString, String... properties) {
        this(false, connectString, properties);
    }

    /** Starts a process and does not wait for it. */
    public ProviderProcess(boolean withZkLb, String connectString, String... properties) {
        this(List.of("-cp", classPath(withZkLb)), connectString, properties);
    }

    /** Starts a process with zk-lb for which the machine has one processor, as in a container, and does not wait for it. */
    public static ProviderProcess onOneProcessor(String connectString, String... properties) {
        return new ProviderProcess(
                List.of("-XX:ActiveProcessorCount=1", "-cp", classPath(true)), connectString, properties);
    }

    /** Starts a process whose Java is told where its classes are, and does not wait for it. */
    ProviderProcess(List<String> java, String connectString, String... properties) {
        int port = freePort();
        log = Path.of("target", "provider-" + port + ".log");
        command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString()));
        command.addAll(List.of("-Xmx64m", "-Xss512k", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        command.addAll(java);
        command.add(ProviderApplication.class.getName());
        command.addAll(List.of(
                "--spring.application.name=orders",
                "--spring.main.banner-mode=off",
                "--server.address=127.0.0.1",
                "--server.port=" + port,
                "--spring.cloud.zookeeper.connect-string=" + connectString,
                "--spring.cloud.zookeeper.discovery.instance-host=127.0.0.1"));
        Arrays.stream(properties).map("--"::concat).forEach(command::add);
        start();
    }

    /** Starts the process again, which must have ended. */
    public void start() {
        try {
            process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(log.toFile())
                    .start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until it is registered and serves. */
    public void awaitReady() {
        await().atMost(PATIENCE)
                .conditionEvaluationListener(condition -> {
                    if (!process.isAlive()) {
                        throw new IllegalStateException("the provider ended: " + output());
                    }
                })
                .until(() -> output().contains(ProviderApplication.READY));
    }

    /** Asks the process to end, as an operator does (SIGTERM), and waits for that. */
    public void stop() {
        process.destroy();
        await().atMost(PATIENCE).until(() -> !process.isAlive());
    }

    /** Ends the process without giving it a chance to say goodbye (SIGKILL). */
    public void kill() {
        process.destroyForcibly();
        await().atMost(PATIENCE).until(() -> !process.isAlive());
    }

    /** The processor time that it has used so far. */
    public Duration processorTime() {
        return process.info().totalCpuDuration().orElseThrow();
    }

    private String output() {
        try {
            return Files.readString(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        kill();
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String classPath(boolean withZkLb) {
        return Arrays.stream(System.getProperty("java.class.path").split(System.getProperty("path.separator")))
                .filter(entry -> withZkLb || !Path.of(entry).endsWith(Path.of("target", "classes")))
                .filter(entry -> !NOT_NEEDED
                        .matcher(Path.of(entry).getFileName().toString())
                        .find())
                .collect(Collectors.joining(System.getProperty("path.separator")));
    }
}
