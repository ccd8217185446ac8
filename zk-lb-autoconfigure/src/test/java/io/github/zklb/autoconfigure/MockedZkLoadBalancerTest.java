package io.github.zklb.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.mockito.BDDMockito.given;

import io.github.zklb.springcloud.ZkLoadBalancer;
import io.github.zklb.testing.InProcessZooKeeper;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.cloud.client.DefaultServiceInstance;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.test.annotation.DirtiesContext;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.test.context.bean.override.mockito.MockitoBean;

/** A user's test that mocks {@link ZkLoadBalancer}, as Spring Boot has it. */
@DirtiesContext // tests of another class look for threads that are left
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.NONE)
class MockedZkLoadBalancerTest {

    private static final InProcessZooKeeper zookeeper = InProcessZooKeeper.start();

    @MockitoBean
    private ZkLoadBalancer balancer;

    private final Shards shards;

    MockedZkLoadBalancerTest(@Autowired Shards shards) {
        this.shards = shards;
    }

    @DynamicPropertySource
    static void connect(DynamicPropertyRegistry properties) {
        properties.add("spring.cloud.zookeeper.connect-string", zookeeper::connectString);
        properties.add("spring.cloud.service-registry.auto-registration.enabled", () -> "false");
    }

    @AfterAll
    static void stop() {
        zookeeper.close();
    }

    @Test
    void whoTakesTheBeanHasTheMock() {
        given(balancer.choose("shards", "key"))
                .willReturn(Optional.of(new DefaultServiceInstance("a", "shards", "shard.example", 1, false)));
        assertThat(shards.of("key")).isEqualTo("shard.example");
    }

    /** What a user writes. */
    record Shards(ZkLoadBalancer balancer) {

        String of(String key) {
            return balancer.choose("shards", key).orElseThrow().getHost();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {

        @Bean
        Shards shards(ZkLoadBalancer balancer) {
            return new Shards(balancer);
        }
    }
}
