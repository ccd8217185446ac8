package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.zklb.Endpoint;
import io.github.zklb.EndpointFilter;
import io.github.zklb.membership.ServiceMembership;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.zookeeper.membership.ZooKeeperMemberships;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.curator.framework.CuratorFramework;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** A service's directory that others than Spring Cloud Zookeeper write to. */
@ExtendWith(OutputCaptureExtension.class)
class ForeignRegistrationsTest {

    @Configuration(proxyBeanMethods = false)
    static class Filter {

        @Bean
        EndpointFilter onlyPlain() {
            return (service, endpoint) -> service.equals("orders") && !endpoint.secure();
        }
    }

    @Test
    void otherProtocolsAndNestedDirectoriesAreNoInstancesAndNoError(CapturedOutput output) throws Exception {
        try (InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
                Consumer consumer = Consumer.start(zookeeper.connectString())) {
            register(consumer, "tls", "127.0.0.1:20880", "compose", "k8s", "v6a", "v6b", "n2");
            assertThat(served(consumer, 4))
                    .containsExactlyInAnyOrder(
                            "127.0.0.1:8443",
                            "shop_orders_1:8080",
                            "orders-0.orders.prod.svc.cluster.local:8080",
                            "[2001:db8::7]:8080");
            assertThat(output.getOut()).doesNotContain("is skipped");
        }
    }

    @Test
    void theApplicationDecidesWhatIsMeantForIt() throws Exception {
        try (InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
                Consumer consumer = Consumer.start(
                        zookeeper.connectString(), new Class<?>[] {Filter.class}, "zk-lb.membership.ignore=zone=z1")) {
            register(consumer, "tls", "127.0.0.1:20880", "compose", "flat");
            assertThat(served(consumer, 2)).containsExactlyInAnyOrder("127.0.0.1:20880", "shop_orders_1:8080");
        }
    }

    private static void register(Consumer consumer, String... names) throws Exception {
        CuratorFramework client = consumer.context().getBean(CuratorFramework.class);
        for (JsonNode each : cases()) {
            String path = each.get("path").asText();
            if (List.of(names).contains(path.substring(path.lastIndexOf('/') + 1))) {
                client.create()
                        .creatingParentsIfNeeded()
                        .forPath(path, each.get("node").toString().getBytes(StandardCharsets.UTF_8));
            }
        }
    }

    private static List<JsonNode> cases() throws IOException {
        try (InputStream lines = Objects.requireNonNull(
                Endpoint.class.getResourceAsStream("/io/github/zklb/codec/registrations.jsonl"))) {
            return Stream.of(new String(lines.readAllBytes(), StandardCharsets.UTF_8).split("\n"))
                    .map(ForeignRegistrationsTest::tree)
                    .toList();
        }
    }

    private static JsonNode tree(String json) {
        try {
            return new ObjectMapper().readTree(json);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static List<String> served(Consumer consumer, int endpoints) {
        ServiceMembership orders =
                consumer.context().getBean(ZooKeeperMemberships.class).service("orders");
        await().until(() -> orders.current().hosts().size() == endpoints);
        assertThat(orders.invalidNodes()).isZero();
        return orders.current().hosts().endpoints().stream()
                .map(Endpoint::address)
                .toList();
    }
}
