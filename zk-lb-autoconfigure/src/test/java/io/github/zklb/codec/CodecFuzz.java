package io.github.zklb.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.Endpoint;
import io.github.zklb.codec.EndpointDecoder.InvalidNodeException;
import io.github.zklb.zookeeper.membership.ZooKeeperBench;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/** What has to hold for whatever a node contains, and a source of such contents. */
public final class CodecFuzz {

    /** Classes of {@link Gadget} that were touched, which must stay 0. */
    static final AtomicInteger touched = new AtomicInteger();

    private static final String[] FRAGMENTS = {
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\"",
        "null",
        "true",
        "-1",
        "0",
        "65536",
        "1e999",
        "99999999999999999999",
        "NaN",
        "\\u0000",
        "\\ud800",
        "\u001b[31m",
        "\r\n",
        "\ufeff",
        "\"address\":\"169.254.169.254\"",
        "\"address\":\"a@b\"",
        "\"address\":null",
        "\"port\":\"80\"",
        "\"port\":8080.0",
        "\"port\":\" 80 \"",
        "\"port\":80e99999999999",
        "\"port\":1e-999999999",
        "\"sslPort\":0",
        "\"sslPort\":\"\"",
        "\"sslPort\":\"8443\"",
        "\"enabled\":null",
        "\"enabled\":\"False\"",
        "\"registrationTimeUTC\":1700000000.123",
        "\"address\":\"ORDERS_1.\"",
        "\"address\":\"2001:DB8:0:0:0:0:0:7%eth0\"",
        "\"address\":\"[fe80::1%2]\"",
        "\"address\":\"fe80::1%\"",
        "\"address\":17",
        "\"payload\":{\"@class\":\"java.util.HashMap\",\"weight\":1.50}",
        "\"uriSpec\":\"{scheme}://{address}:{port}/{id}\"",
        "\"uriSpec\":\"}{{\"",
        "\"weight\":\"-3\"",
        "\"weight\":\"NaN\"",
        "\"instance_status\":\"?\"",
        "\"metadata\":null",
        "\"metadata\":{\"a\":null}",
        "\"payload\":[1]",
        "\"uriSpec\":null",
        "\"uriSpec\":{\"parts\":[{\"value\":\"http://10.0.0.1:8080/\\u202e\",\"variable\":false}]}",
        "{\"value\":\"://evil:80/\",\"variable\":false}",
        "{\"value\":\"id\",\"variable\":true}",
        "\"@class\":\"" + Gadget.NAME + "\"",
        "[\"" + Gadget.NAME + "\",{}]"
    };

    private static final int LONGEST_TAIL = 2_000;

    private final Random random;

    public CodecFuzz(long seed) {
        random = new Random(seed);
    }

    /** A class that tells when somebody creates it. */
    static final class Gadget {
        static final String NAME = "io.github.zklb.codec.CodecFuzz$Gadget";

        Gadget() {
            touched.incrementAndGet();
        }
    }

    /** A registration with some damage: bytes changed, cut, doubled, or fragments put in. */
    public byte[] content() {
        String weight = String.valueOf(random.nextInt(10));
        byte[] content = ZooKeeperBench.json("a", "10.0.0." + random.nextInt(256), 8080, Map.of("weight", weight));
        for (int change = random.nextInt(6); change >= 0; change--) {
            content = damaged(content);
        }
        return content;
    }

    private byte[] damaged(byte[] content) {
        int at = random.nextInt(content.length + 1);
        int to = Math.min(content.length, at + random.nextInt(20));
        return switch (random.nextInt(5)) {
            case 0 -> joined(content, at, new byte[] {(byte) random.nextInt(256)}, Math.min(content.length, at + 1));
            case 1 -> joined(content, at, new byte[0], to);
            case 2 -> joined(content, to, content, at);
            case 3 -> joined(content, at, new byte[0], content.length);
            default ->
                joined(content, at, FRAGMENTS[random.nextInt(FRAGMENTS.length)].getBytes(StandardCharsets.UTF_8), to);
        };
    }

    private static byte[] joined(byte[] content, int upTo, byte[] middle, int from) {
        int tail = content.length - from;
        byte[] all = new byte[upTo + middle.length + Math.min(tail, LONGEST_TAIL)];
        System.arraycopy(content, 0, all, 0, upTo);
        System.arraycopy(middle, 0, all, upTo, middle.length);
        System.arraycopy(content, from, all, upTo + middle.length, Math.min(tail, LONGEST_TAIL));
        return all;
    }

    /**
     * Reads a content and looks at what comes of it.
     *
     * @return whether it is an endpoint
     */
    public static boolean check(byte[] content) {
        try {
            EndpointDecoder.Decoded decoded = EndpointDecoder.decode("a", content);
            Endpoint endpoint = decoded.endpoint();
            if (!endpoint.id().equals("a")
                    || !HostGrammar.parse(endpoint.host()).equals(Optional.of(endpoint.host()))
                    || !Objects.equals(
                            URI.create("http://" + endpoint.address()).getRawAuthority(), endpoint.address())
                    || endpoint.port() < 1
                    || endpoint.port() > 65_535
                    || endpoint.weight() < 0
                    || endpoint.weight() > Endpoint.MAX_WEIGHT
                    || endpoint.uri()
                            .filter(uri -> !uri.toString().matches("[!-~]{1,20000}"))
                            .isPresent()) {
                throw new AssertionError("not a valid endpoint: " + endpoint);
            }
            requirePrintable(decoded.remarks());
            return true;
        } catch (InvalidNodeException e) {
            requirePrintable(List.of(e.getMessage()));
            return false;
        }
    }

    private static void requirePrintable(List<String> texts) {
        for (String text : texts) {
            assertThat(text.chars().allMatch(c -> c >= ' ' && c <= '~'))
                    .as(text)
                    .isTrue();
        }
    }
}
