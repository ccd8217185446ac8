package io.github.zklb.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.benchmarks.RequestBenchmark.Calls;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClient;
import org.springframework.cloud.loadbalancer.blocking.client.BlockingLoadBalancerClient;

class RequestBenchmarkTest {

    @ParameterizedTest
    @EnumSource
    void everyBalancerReachesAllInstancesAndSendsByEveryWay(Balancer balancer) throws Exception {
        RequestBenchmark benchmark = new RequestBenchmark();
        benchmark.balancer = balancer;
        benchmark.prepare();
        try {
            Calls calls = new Calls();
            Set<Object> instances = new HashSet<>();
            for (int call = 0; call < HttpCalls.COUNT; call++) {
                instances.add(benchmark.choose(calls));
            }
            for (int call = 0; call < HttpCalls.COUNT; call++) {
                assertThat(benchmark.execute(calls)).isNotNull();
                assertThat(benchmark.intercept(calls)).isNotNull();
                assertThat(benchmark.filter(calls)).isNotNull();
            }
            assertThat(instances).hasSize(BalancedApplication.INSTANCES).doesNotContainNull();
        } finally {
            benchmark.stop();
        }
    }

    /** Two rounds of the same calls: where there are keys, each has its instance, by whichever way it comes. */
    @Test
    void theKeyedOneHasKeys() throws Exception {
        RequestBenchmark benchmark = new RequestBenchmark();
        benchmark.balancer = Balancer.CONSISTENT_HASH;
        benchmark.prepare();
        try {
            List<Object> chosen = new ArrayList<>();
            List<Object> executed = new ArrayList<>();
            Calls ofChoose = new Calls();
            Calls ofExecute = new Calls();
            for (int call = 0; call < 2 * HttpCalls.COUNT; call++) {
                chosen.add(benchmark.choose(ofChoose));
                executed.add(benchmark.execute(ofExecute));
            }
            assertThat(executed).isEqualTo(chosen);
            assertThat(chosen.subList(0, HttpCalls.COUNT))
                    .isEqualTo(chosen.subList(HttpCalls.COUNT, 2 * HttpCalls.COUNT));
            assertThat(Set.copyOf(chosen)).hasSize(BalancedApplication.INSTANCES);
        } finally {
            benchmark.stop();
        }
    }

    @ParameterizedTest
    @EnumSource
    void theStockClientIsThereWhereItIsSaidToBe(Balancer balancer) {
        try (BalancedApplication application = BalancedApplication.start(balancer)) {
            assertThat(application.bean(LoadBalancerClient.class).getClass() == BlockingLoadBalancerClient.class)
                    .isEqualTo(balancer == Balancer.STOCK);
        }
    }
}
