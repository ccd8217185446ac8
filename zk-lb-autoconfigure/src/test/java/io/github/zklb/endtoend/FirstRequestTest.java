package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Provider;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** Measures the first request of a process, each in a JVM of its own, and prints medians. */
@EnabledIfSystemProperty(named = "zklb.first-requests", matches = "\\d+")
class FirstRequestTest {

    private static final int PROVIDERS = 10;

    private record Sample(long startedMicros, long requestMicros) {}

    @Test
    void aServiceThatIsReadyAnswersTheFirstRequestSooner() throws Exception {
        int runs = Integer.getInteger("zklb.first-requests");
        Map<String, String[]> consumers = new LinkedHashMap<>();
        consumers.put("stock", new String[] {"zk-lb.enabled=false"});
        consumers.put(
                "stock, eager-load.clients",
                new String[] {"zk-lb.enabled=false", "spring.cloud.loadbalancer.eager-load.clients=orders"});
        consumers.put("zk-lb", new String[] {});
        consumers.put("zk-lb, zk-lb.eager", new String[] {"zk-lb.eager=orders"});

        try (InProcessZooKeeper zookeeper = InProcessZooKeeper.start()) {
            List<Provider> providers = IntStream.range(0, PROVIDERS)
                    .mapToObj(i -> Provider.start("orders", "orders-" + i, zookeeper.connectString(), 1))
                    .toList();
            String direct = "http://127.0.0.1:" + providers.get(0).port() + "/";
            Map<String, List<Sample>> cold = new LinkedHashMap<>();
            Map<String, List<Sample>> warm = new LinkedHashMap<>();
            for (int run = 0; run < runs; run++) {
                for (Map.Entry<String, String[]> consumer : consumers.entrySet()) {
                    cold.computeIfAbsent(consumer.getKey(), name -> new ArrayList<>())
                            .add(measure(zookeeper.connectString(), "none", consumer.getValue()));
                    warm.computeIfAbsent(consumer.getKey(), name -> new ArrayList<>())
                            .add(measure(zookeeper.connectString(), direct, consumer.getValue()));
                }
            }
            System.out.println("| consumer | start | first request | first request, HTTP client used before |");
            System.out.println("|---|---:|---:|---:|");
            consumers.keySet().forEach(name -> System.out.println(row(name, cold.get(name), warm.get(name))));
            assertThat(median(warm.get("zk-lb, zk-lb.eager"))).isLessThan(median(warm.get("zk-lb")));
            providers.forEach(Provider::close);
        }
    }

    private static Sample measure(String zookeeper, String direct, String... properties)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                FirstRequest.class.getName(),
                zookeeper,
                direct));
        command.addAll(List.of(properties));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        String[] figures = output.lines()
                .filter(line -> line.startsWith(FirstRequest.RESULT))
                .findFirst()
                .orElseThrow()
                .substring(FirstRequest.RESULT.length())
                .split(" ");
        return new Sample(Long.parseLong(figures[0]), Long.parseLong(figures[1]));
    }

    private static String row(String name, List<Sample> cold, List<Sample> warm) {
        long started =
                cold.stream().map(Sample::startedMicros).sorted().toList().get(cold.size() / 2);
        return String.format(
                Locale.ROOT,
                "| %s | %,d ms | %,.1f ms | %,.1f ms |",
                name,
                started / 1_000,
                median(cold) / 1e3,
                median(warm) / 1e3);
    }

    private static long median(List<Sample> samples) {
        return samples.stream().map(Sample::requestMicros).sorted().toList().get(samples.size() / 2);
    }
}
