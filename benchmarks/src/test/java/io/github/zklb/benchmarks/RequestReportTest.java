package io.github.zklb.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.benchmarks.Results.Cell;
import io.github.zklb.benchmarks.Results.Cost;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.annotations.Benchmark;

class RequestReportTest {

    private final Results results = new Results();

    @Test
    void targetsAreRatiosToStock() {
        put(Balancer.STOCK, ClientCall.CHOOSE, 1_000, 1_000);
        put(Balancer.WEIGHTED, ClientCall.CHOOSE, 50, 0.1);
        put(Balancer.CONSISTENT_HASH, ClientCall.CHOOSE, 300, 24);
        put(Balancer.STOCK, ClientCall.EXECUTE, 2_000, 2_500);
        put(Balancer.WEIGHTED, ClientCall.EXECUTE, 500, 1_250);
        assertThat(new RequestReport(results).markdown())
                .contains("| `LoadBalancerClient.choose`, zk-lb `weighted`, time ÷ stock | 0.1 | 0.05 | met |")
                .contains("key in a header, time ÷ stock | 0.25 | 0.3 | **missed** |")
                .contains("| `LoadBalancerClient.choose`, zk-lb `weighted`, bytes | 0 B | 0 B | met |")
                .contains("| `LoadBalancerClient.execute`, zk-lb `weighted`, bytes ÷ stock | 0.4 | 0.5 | **missed** |")
                .contains("| an HTTP request of WebClient, zk-lb `weighted`, time ÷ stock | 0.5 | – | not measured |")
                .contains("| `LoadBalancerClient.choose` | 1,000 ± 10 ns, 1,000 B | 50 ± 0.5 ns, 0 B | 300 ± 3 ns, 24"
                        + " B |");
    }

    @Test
    void everyCallIsMeasured() {
        assertThat(Arrays.stream(RequestBenchmark.class.getMethods())
                        .filter(method -> method.isAnnotationPresent(Benchmark.class))
                        .map(method -> method.getName()))
                .containsExactlyInAnyOrderElementsOf(Arrays.stream(ClientCall.values())
                        .map(call -> call.operation)
                        .toList());
    }

    private void put(Balancer balancer, ClientCall call, double nanos, double bytes) {
        results.put(
                new Cell(balancer, call.operation, BalancedApplication.INSTANCES, 1),
                new Cost(nanos, nanos / 100, bytes));
    }
}
