package io.github.zklb;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.codec.EndpointDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.apache.curator.x.discovery.ServiceInstance;
import org.apache.curator.x.discovery.details.JsonInstanceSerializer;
import org.junit.jupiter.api.Test;

/** What docs/guides/plain-curator.md has providers write that use neither Spring nor zk-lb. */
class PlainCuratorTest {

    @Test
    void whatCuratorWritesIsRead() throws Exception {
        ServiceInstance<Object> instance = ServiceInstance.builder()
                .name("orders")
                .address("10.0.0.7")
                .port(8080)
                .payload(Map.of("weight", "3", "instance_status", "UP"))
                .build();

        assertIsRead(instance.getId(), new JsonInstanceSerializer<>(Object.class).serialize(instance));
    }

    @Test
    void whatAnyOtherLanguageWritesIsRead() throws Exception {
        String json = Documents.blocks("json").stream()
                .filter(block -> block.place().startsWith("docs/guides/plain-curator.md"))
                .findFirst()
                .orElseThrow()
                .text();

        assertIsRead("7c1e", json.getBytes(StandardCharsets.UTF_8));
    }

    private static void assertIsRead(String id, byte[] data) throws Exception {
        EndpointDecoder.Decoded decoded = EndpointDecoder.decode(id, data);

        assertThat(decoded.remarks()).isEmpty();
        assertThat(decoded.endpoint().address()).isEqualTo("10.0.0.7:8080");
        assertThat(decoded.endpoint().weight()).isEqualTo(3);
        assertThat(decoded.endpoint().metadata()).containsEntry("instance_status", "UP");
    }
}
