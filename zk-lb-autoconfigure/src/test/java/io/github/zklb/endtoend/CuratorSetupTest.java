package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Provider;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.api.CompressionProvider;
import org.apache.curator.retry.RetryOneTime;
import org.apache.curator.x.discovery.ServiceDiscovery;
import org.apache.curator.x.discovery.ServiceDiscoveryBuilder;
import org.apache.curator.x.discovery.ServiceInstance;
import org.apache.curator.x.discovery.UriSpec;
import org.apache.curator.x.discovery.details.InstanceSerializer;
import org.apache.curator.x.discovery.details.JsonInstanceSerializer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.zookeeper.CuratorFrameworkCustomizer;
import org.springframework.cloud.zookeeper.discovery.ZookeeperInstance;
import org.springframework.cloud.zookeeper.support.ServiceDiscoveryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Applications that set Curator up in their own way: Spring Cloud Zookeeper and zk-lb read and write the same. */
@ExtendWith(OutputCaptureExtension.class)
class CuratorSetupTest {

    private static final String UNSEEN = "is not seen by zk-lb";
    private static final String COMPRESSES = "The CuratorFramework compresses";

    private InProcessZooKeeper zookeeper;

    @BeforeEach
    void open() {
        zookeeper = InProcessZooKeeper.start();
    }

    @AfterEach
    void close() {
        zookeeper.close();
    }

    @Test
    void nothingIsSaidOfAnOrdinarySetUp(CapturedOutput output) {
        try (Consumer consumer = Consumer.start(zookeeper.connectString())) {
            assertThat(consumer.choosePort("orders", null)).isEmpty();
            assertThat(output).doesNotContain(UNSEEN, COMPRESSES);
        }
    }

    @Test
    void compressedRegistrationsAreReadAndWritten(CapturedOutput output) throws Exception {
        try (Consumer consumer = start(Gzip.class)) {
            assertReadsAndWritesAsSpringDoes(consumer);
            assertThat(raw(consumer, "theirs")).startsWith(0x1f, 0x8b);
            assertThat(raw(consumer, "ours")).startsWith(0x1f, 0x8b);
            assertThat(output).doesNotContain(UNSEEN, COMPRESSES);
        }
    }

    @Test
    void plainAndCompressedRegistrationsStandSideBySide() throws Exception {
        try (Consumer compressing = start(Gzip.class);
                Provider plain = Provider.start("orders", "plain", zookeeper.connectString(), 1);
                Consumer consumer = Consumer.start(zookeeper.connectString())) {
            registerAsSpringDoes(compressing);
            for (Consumer each : List.of(compressing, consumer)) {
                await().untilAsserted(() ->
                        assertThat(each.registeredPorts("orders")).containsExactlyInAnyOrder(8081, plain.port()));
            }
        }
    }

    @Test
    void aCompressionOfTheApplicationsOwnIsUsed(CapturedOutput output) throws Exception {
        try (Consumer consumer = start(OwnCompression.class)) {
            assertReadsAndWritesAsSpringDoes(consumer);
            assertThat(raw(consumer, "theirs")).startsWith('~');
            assertThat(raw(consumer, "ours")).startsWith('~');
            assertThat(output).doesNotContain(UNSEEN, COMPRESSES);
        }
    }

    @Test
    void ofAClientOfTheApplicationsOwnTheStartSaysWhatIsRead(CapturedOutput output) throws Exception {
        try (Consumer consumer = Consumer.start(
                zookeeper.connectString(),
                new Class<?>[] {OwnClient.class},
                "test.connect-string=" + zookeeper.connectString())) {
            assertReadsAndWritesAsSpringDoes(consumer);
            assertThat(raw(consumer, "ours")).startsWith(0x1f, 0x8b);
            assertThat(output.getOut().lines().filter(line -> line.contains(COMPRESSES)))
                    .singleElement()
                    .asString()
                    .contains("INFO", "compressed by gzip", "CuratorFrameworkCustomizer");
        }
    }

    @Test
    void aSerializerOfTheApplicationsOwnIsUsed(CapturedOutput output) throws Exception {
        try (Consumer consumer = start(OwnSerializer.class)) {
            assertReadsAndWritesAsSpringDoes(consumer);
            assertThat(new String(raw(consumer, "theirs"))).isEqualTo("theirs|10.0.0.1|8081|https://10.0.0.1:8081/ctx");
            assertThat(new String(raw(consumer, "ours"))).isEqualTo("ours|10.0.0.2|8082|http://10.0.0.2:8082");
            assertThat(output).doesNotContain(UNSEEN);
            client(consumer).create().forPath("/services/orders/broken", new byte[] {'{', '}'});
            await().until(() -> output.getOut().contains("node broken is skipped: it cannot be read"));
            assertThat(consumer.registeredPorts("orders")).containsExactlyInAnyOrder(8081, 8082);
        }
    }

    @Test
    void theStockSerializerMakesNoClassThatANodeNames() throws Exception {
        try (Consumer consumer = start(StockSerializer.class)) {
            client(consumer).create().creatingParentsIfNeeded().forPath("/services/orders/hostile", """
                    {"name":"orders","id":"hostile","address":"10.0.0.9","port":8089,
                     "payload":{"@class":"%s"}}""".formatted(
                            Gadget.class.getName())
                    .getBytes(StandardCharsets.UTF_8));
            await().untilAsserted(
                            () -> assertThat(consumer.registeredPorts("orders")).containsExactly(8089));
            assertThat(System.getProperty(Gadget.MADE)).isNull();
        }
    }

    @Test
    void ofACustomizerTheStartSaysWhatIsNotSeen(CapturedOutput output) throws Exception {
        try (Consumer consumer = start(Customizer.class)) {
            assertReadsAndWritesAsSpringDoes(consumer);
            assertThat(output.getOut().lines().filter(line -> line.contains(UNSEEN)))
                    .singleElement()
                    .asString()
                    .contains(
                            "WARN",
                            "bean watchingDiscovery",
                            "below /services, in JSON",
                            "spring.cloud.zookeeper.discovery.root",
                            "InstanceSerializer bean");
        }
    }

    @Test
    void ofADiscoveryTheStartSaysTheSame(CapturedOutput output) {
        try (Consumer consumer = start(OwnDiscovery.class)) {
            assertThat(output.getOut().lines().filter(line -> line.contains(UNSEEN)))
                    .singleElement()
                    .asString()
                    .contains("WARN", "bean ownDiscovery", "by " + Pipes.class.getName());
        }
    }

    /** What Spring registers zk-lb picks, and what zk-lb's registry registers Spring finds. */
    private static void assertReadsAndWritesAsSpringDoes(Consumer consumer) throws Exception {
        registerAsSpringDoes(consumer);
        await().untilAsserted(
                        () -> assertThat(consumer.registeredPorts("orders")).containsExactly(8081));
        assertThat(consumer.choose("orders").getUri()).hasToString("https://10.0.0.1:8081/ctx");
        consumer.registry()
                .register("orders", Endpoint.of("10.0.0.2", 8082).withId("ours"))
                .join();
        await().untilAsserted(
                        () -> assertThat(consumer.registeredPorts("orders")).containsExactlyInAnyOrder(8081, 8082));
        assertThat(consumer.context().getBean(DiscoveryClient.class).getInstances("orders"))
                .extracting(instance -> instance.getUri())
                .containsExactlyInAnyOrder(URI.create("https://10.0.0.1:8081/ctx"), URI.create("http://10.0.0.2:8082"));
    }

    @SuppressWarnings("unchecked")
    private static void registerAsSpringDoes(Consumer consumer) throws Exception {
        ServiceDiscovery<ZookeeperInstance> discovery =
                consumer.context().getBean("curatorServiceDiscovery", ServiceDiscovery.class);
        discovery.registerService(ServiceInstance.<ZookeeperInstance>builder()
                .name("orders")
                .id("theirs")
                .address("10.0.0.1")
                .port(8081)
                .payload(new ZookeeperInstance("application-1", "orders", Map.of()))
                .uriSpec(new UriSpec("https://{address}:{port}/ctx"))
                .build());
    }

    private Consumer start(Class<?> configuration) {
        return Consumer.start(zookeeper.connectString(), new Class<?>[] {configuration});
    }

    private static CuratorFramework client(Consumer consumer) {
        return consumer.context().getBean(CuratorFramework.class);
    }

    private static byte[] raw(Consumer consumer, String id) throws Exception {
        return client(consumer).getData().undecompressed().forPath("/services/orders/" + id);
    }

    @Configuration(proxyBeanMethods = false)
    static class Gzip {

        @Bean
        CuratorFrameworkCustomizer compression() {
            return CuratorFrameworkFactory.Builder::enableCompression;
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnCompression {

        @Bean
        CuratorFrameworkCustomizer compression() {
            return builder -> builder.enableCompression().compressionProvider(new Tilde());
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnClient {

        @Bean(initMethod = "start", destroyMethod = "close")
        CuratorFramework ownClient(@Value("${test.connect-string}") String servers) {
            return CuratorFrameworkFactory.builder()
                    .connectString(servers)
                    .retryPolicy(new RetryOneTime(100))
                    .enableCompression()
                    .build();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnSerializer {

        @Bean
        InstanceSerializer<ZookeeperInstance> pipes() {
            return new Pipes();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class StockSerializer {

        @Bean
        InstanceSerializer<ZookeeperInstance> json() {
            return new JsonInstanceSerializer<>(ZookeeperInstance.class, false);
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Customizer {

        @Bean
        ServiceDiscoveryCustomizer watchingDiscovery(CuratorFramework client) {
            return builder -> builder.client(client)
                    .basePath("/services")
                    .watchInstances(true)
                    .build();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class OwnDiscovery {

        @Bean
        ServiceDiscovery<ZookeeperInstance> ownDiscovery(
                CuratorFramework client, InstanceSerializer<ZookeeperInstance> serializer) {
            return ServiceDiscoveryBuilder.builder(ZookeeperInstance.class)
                    .client(client)
                    .basePath("/elsewhere")
                    .serializer(serializer)
                    .build();
        }

        @Bean
        InstanceSerializer<ZookeeperInstance> pipes() {
            return new Pipes();
        }
    }

    /** Puts a tilde in front, and flips all bits. */
    private static final class Tilde implements CompressionProvider {

        @Override
        public byte[] compress(String path, byte[] data) {
            byte[] compressed = new byte[data.length + 1];
            compressed[0] = '~';
            for (int i = 0; i < data.length; i++) {
                compressed[i + 1] = (byte) ~data[i];
            }
            return compressed;
        }

        @Override
        public byte[] decompress(String path, byte[] compressed) {
            byte[] data = new byte[compressed.length - 1];
            for (int i = 0; i < data.length; i++) {
                data[i] = (byte) ~compressed[i + 1];
            }
            return data;
        }
    }

    /** Id, address, port and URI with bars between them. */
    private static final class Pipes implements InstanceSerializer<ZookeeperInstance> {

        @Override
        public byte[] serialize(ServiceInstance<ZookeeperInstance> instance) {
            String port = String.valueOf(instance.getPort());
            return String.join("|", instance.getId(), instance.getAddress(), port, instance.buildUriSpec())
                    .getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public ServiceInstance<ZookeeperInstance> deserialize(byte[] bytes) throws Exception {
            String[] parts = new String(bytes, StandardCharsets.UTF_8).split("\\|", -1);
            return ServiceInstance.<ZookeeperInstance>builder()
                    .name("orders")
                    .id(parts[0])
                    .address(parts[1])
                    .port(Integer.parseInt(parts[2]))
                    .uriSpec(new UriSpec(parts[3]))
                    .build();
        }
    }

    /** Tells when somebody makes one. */
    public static final class Gadget {

        static final String MADE = "zklb.test.gadget.made";

        /** As a bean that Jackson can make. */
        public Gadget() {
            System.setProperty(MADE, "true");
        }
    }
}
