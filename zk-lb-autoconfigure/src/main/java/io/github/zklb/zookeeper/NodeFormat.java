package io.github.zklb.zookeeper;

import io.github.zklb.codec.EndpointDecoder;
import io.github.zklb.codec.EndpointDecoder.InvalidNodeException;
import io.github.zklb.codec.Printable;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Objects;
import java.util.zip.GZIPInputStream;
import org.apache.curator.framework.api.CompressionProvider;
import org.apache.curator.framework.imps.GzipCompressionProvider;
import org.apache.curator.x.discovery.details.InstanceSerializer;
import org.apache.curator.x.discovery.details.JsonInstanceSerializer;
import org.jspecify.annotations.Nullable;

/**
 * How registrations stand in their nodes, as the application set Curator up.
 *
 * @param compression by what the client compresses all that it writes, or null; gzip, which is Curator's default, is
 *     recognized in any case
 * @param serializer the application's own, or null for the JSON that Curator and Spring Cloud Zookeeper write
 */
public record NodeFormat(
        @Nullable CompressionProvider compression, @Nullable InstanceSerializer<Object> serializer) {

    /** JSON, plain or compressed by gzip. */
    public static final NodeFormat JSON = new NodeFormat(null, null);

    private static final InstanceSerializer<Object> CURATORS = new JsonInstanceSerializer<>(Object.class, false);

    /**
     * The JSON of the registration in a node.
     *
     * @param path the node's path
     * @param data the node's content
     * @throws InvalidNodeException if there is none; its message is escaped
     */
    public byte[] json(String path, byte[] data) throws InvalidNodeException {
        try {
            byte[] plain = data.length > EndpointDecoder.MAX_BYTES ? data : decompressed(path, data);
            return Objects.requireNonNull(
                    serializer == null ? plain : CURATORS.serialize(serializer.deserialize(plain)));
        } catch (Exception | LinkageError | StackOverflowError e) {
            throw new InvalidNodeException("it cannot be read in the way in which the application set Curator up: "
                    + Printable.of(e.toString()));
        }
    }

    /**
     * What to write for a registration; the client compresses it then.
     *
     * @throws IllegalArgumentException if the application's serializer refuses it
     */
    public byte[] content(byte[] json) {
        try {
            return serializer == null ? json : serializer.serialize(CURATORS.deserialize(json));
        } catch (Exception e) {
            throw new IllegalArgumentException("the InstanceSerializer does not write the registration", e);
        }
    }

    /** How many bytes the client writes of some content. */
    public int size(String path, byte[] content) {
        try {
            return compression == null ? content.length : compression.compress(path, content).length;
        } catch (Exception e) {
            throw new IllegalArgumentException("the CompressionProvider does not compress the registration", e);
        }
    }

    private byte[] decompressed(String path, byte[] data) throws Exception {
        if (compression != null && !(compression instanceof GzipCompressionProvider)) {
            return compression.decompress(path, data);
        }
        boolean gzip = data.length > 1 && data[0] == 0x1f && data[1] == (byte) 0x8b; // No JSON begins so.
        return gzip ? inflated(data) : data;
    }

    /** Stops soon after what a registration may have, whatever the content promises. */
    private static byte[] inflated(byte[] data) throws IOException {
        try (GZIPInputStream content = new GZIPInputStream(new ByteArrayInputStream(data))) {
            return content.readNBytes(EndpointDecoder.MAX_BYTES + 1);
        }
    }
}
