package io.github.zklb.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.benchmarks.RequestBenchmark.Calls;
import java.util.HashSet;
import java.util.Set;
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
                assertThat(benchmark.execute()).isNotNull();
                assertThat(benchmark.intercept(calls)).isNotNull();
                assertThat(benchmark.filter(calls)).isNotNull();
            }
            assertThat(instances).hasSize(BalancedApplication.INSTANCES).doesNotContainNull();
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
