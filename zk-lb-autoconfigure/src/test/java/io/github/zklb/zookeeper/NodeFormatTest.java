package io.github.zklb.zookeeper;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.zklb.Endpoint;
import io.github.zklb.codec.EndpointDecoder;
import io.github.zklb.codec.EndpointDecoder.InvalidNodeException;
import io.github.zklb.codec.EndpointEncoder;
import io.github.zklb.zookeeper.membership.ZooKeeperBench;
import java.net.URI;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.apache.curator.framework.api.CompressionProvider;
import org.apache.curator.framework.imps.GzipCompressionProvider;
import org.apache.curator.x.discovery.ServiceInstance;
import org.apache.curator.x.discovery.UriSpec;
import org.apache.curator.x.discovery.details.InstanceSerializer;
import org.junit.jupiter.api.Test;

/** What is made of a node's content, whatever the application set up of Curator. */
class NodeFormatTest {

    private static final String PATH = "/services/orders/a";
    private static final byte[] JSON = ZooKeeperBench.json("a", "10.0.0.1", 80, Map.of("weight", "3"));
    private static final GzipCompressionProvider GZIP = new GzipCompressionProvider();

    @Test
    void plainContentStaysAsItIs() throws Exception {
        assertThat(NodeFormat.JSON.json(PATH, JSON)).isSameAs(JSON);
        assertThat(NodeFormat.JSON.json(PATH, new byte[0])).isEmpty();
        assertThat(NodeFormat.JSON.json(PATH, new byte[] {0x1f})).containsExactly(0x1f);
        assertThat(NodeFormat.JSON.content(JSON)).isSameAs(JSON);
    }

    @Test
    void whatCuratorCompressesIsRead() throws Exception {
        assertThat(NodeFormat.JSON.json(PATH, GZIP.compress(PATH, JSON))).isEqualTo(JSON);
        assertThat(NodeFormat.JSON.json(PATH, GZIP.compress(PATH, new byte[0]))).isEmpty();
    }

    @Test
    void aContentThatPromisesMuchIsReadNoFurtherThanARegistrationGoes() throws Exception {
        byte[] bomb = GZIP.compress(PATH, new byte[40_000_000]);
        assertThat(bomb.length).isLessThan(EndpointDecoder.MAX_BYTES);
        byte[] read = NodeFormat.JSON.json(PATH, bomb);
        assertThat(read).hasSize(EndpointDecoder.MAX_BYTES + 1);
        assertThat(new NodeFormat(GZIP, null).json(PATH, bomb)).hasSize(EndpointDecoder.MAX_BYTES + 1);
        assertThatExceptionOfType(InvalidNodeException.class)
                .isThrownBy(() -> EndpointDecoder.decode("a", read))
                .withMessageContaining("more than 1048576");
    }

    @Test
    void aContentThatIsTooLargeIsNotEvenDecompressed() throws Exception {
        byte[] noise = new byte[EndpointDecoder.MAX_BYTES + 1];
        new Random(1).nextBytes(noise);
        byte[] large = GZIP.compress(PATH, noise);
        assertThat(NodeFormat.JSON.json(PATH, large)).isSameAs(large);
        NodeFormat format = new NodeFormat(new Reversal(), null);
        assertThat(format.json(PATH, large)).isSameAs(large);
    }

    @Test
    void brokenGzipIsNoRegistration() {
        byte[] compressed = GZIP.compress(PATH, JSON);
        for (int length = 2; length < compressed.length; length++) {
            byte[] cut = Arrays.copyOf(compressed, length);
            assertThatExceptionOfType(InvalidNodeException.class)
                    .as("cut at %d", length)
                    .isThrownBy(() -> NodeFormat.JSON.json(PATH, cut))
                    .withMessageStartingWith(
                            "it cannot be read in the way in which the application set Curator up: java.");
        }
    }

    @Test
    void theApplicationsCompressionIsAskedForEachContent() throws Exception {
        NodeFormat format = new NodeFormat(new Reversal(), null);
        assertThat(format.json(PATH, reversed(JSON))).isEqualTo(JSON);
        assertThat(format.content(JSON)).as("compressed by the client").isSameAs(JSON);
        assertThatExceptionOfType(InvalidNodeException.class)
                .as("what it refuses is not read in another way")
                .isThrownBy(() -> format.json(PATH, JSON))
                .withMessageEndingWith("java.lang.IllegalStateException: not mine\\u000a");
        CompressionProvider nothing = new Reversal() {
            @Override
            @SuppressWarnings("NullAway") // nothing keeps an application from that
            public byte[] decompress(String path, byte[] data) {
                return null;
            }
        };
        assertThatExceptionOfType(InvalidNodeException.class)
                .isThrownBy(() -> new NodeFormat(nothing, null).json(PATH, JSON));
    }

    @Test
    void theApplicationsSerializerReadsAndWrites() throws Exception {
        NodeFormat format = new NodeFormat(null, new Lines());
        Endpoint endpoint = new Endpoint("a", "10.0.0.1", 8443, true, 3, Map.of("weight", "3"))
                .withUri(URI.create("https://10.0.0.1:8443/ctx"));
        byte[] written = format.content(EndpointEncoder.encode("orders", endpoint, Instant.EPOCH));
        assertThat(new String(written)).isEqualTo("a\n10.0.0.1\n8443\nhttps://10.0.0.1:8443/ctx");
        assertThat(EndpointDecoder.decode("a", format.json(PATH, written)).endpoint())
                .isEqualTo(new Endpoint("a", "10.0.0.1", 8443, true, 1, Map.of())
                        .withUri(URI.create("https://10.0.0.1:8443/ctx")));
        assertThat(EndpointDecoder.decode("a", format.json(PATH, GZIP.compress(PATH, written)))
                        .endpoint()
                        .port())
                .isEqualTo(8443);
    }

    @Test
    void whateverTheApplicationsSerializerThrowsIsAReason() {
        NodeFormat format = new NodeFormat(null, new Lines());
        assertThatExceptionOfType(InvalidNodeException.class)
                .isThrownBy(() -> format.json(PATH, new byte[] {'x'}))
                .withMessageContaining("ArrayIndexOutOfBoundsException");
        assertThatExceptionOfType(InvalidNodeException.class)
                .isThrownBy(() -> format.json(PATH, "deep".getBytes()))
                .withMessageContaining("StackOverflowError");
        assertThatExceptionOfType(InvalidNodeException.class)
                .isThrownBy(() -> format.json(PATH, "class".getBytes()))
                .withMessageContaining("NoClassDefFoundError");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> format.content("[]".getBytes()))
                .withMessage("the InstanceSerializer does not write the registration");
    }

    private static byte[] reversed(byte[] data) {
        byte[] reversed = new byte[data.length];
        for (int i = 0; i < data.length; i++) {
            reversed[i] = data[data.length - 1 - i];
        }
        return reversed;
    }

    /** Compresses nothing, and refuses what it has not written. */
    private static class Reversal implements CompressionProvider {

        @Override
        public byte[] compress(String path, byte[] data) {
            return reversed(data);
        }

        @Override
        public byte[] decompress(String path, byte[] data) {
            if (data[0] != '}') {
                throw new IllegalStateException("not mine\n");
            }
            return reversed(data);
        }
    }

    /** Id, address, TLS port and URI, one a line. */
    private static final class Lines implements InstanceSerializer<Object> {

        @Override
        public byte[] serialize(ServiceInstance<Object> instance) {
            return String.join(
                            "\n",
                            instance.getId(),
                            instance.getAddress(),
                            String.valueOf(instance.getSslPort()),
                            instance.buildUriSpec())
                    .getBytes();
        }

        @Override
        public ServiceInstance<Object> deserialize(byte[] bytes) throws Exception {
            String content = new String(bytes);
            if (content.equals("deep")) {
                throw new StackOverflowError();
            }
            if (content.equals("class")) {
                throw new NoClassDefFoundError("Gone");
            }
            String[] lines = content.split("\n");
            return ServiceInstance.builder()
                    .name("orders")
                    .id(lines[0])
                    .address(lines[1])
                    .sslPort(Integer.parseInt(lines[2]))
                    .uriSpec(new UriSpec(lines[3]))
                    .build();
        }
    }
}
