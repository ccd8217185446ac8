package io.github.zklb;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.codec.EndpointDecoder;
import java.io.ByteArrayOutputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;
import org.apache.curator.x.discovery.ServiceInstance;
import org.apache.curator.x.discovery.details.JsonInstanceSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What docs/guides/plain-curator.md has providers write that use neither Spring nor zk-lb. */
class PlainCuratorTest {

    private static final Pattern INSTANCE = Pattern.compile("\\.thisInstance\\((.*?\\.build\\(\\))\\)", Pattern.DOTALL);

    @Test
    void whatCuratorWritesIsRead(@TempDir Path directory) throws Exception {
        ServiceInstance<?> instance = documented(directory);

        assertIsRead(instance.getId(), serialized(instance));
    }

    private static <T> byte[] serialized(ServiceInstance<T> instance) throws Exception {
        @SuppressWarnings("unchecked") // a serializer of JSON looks at no class of the payload when it writes
        Class<T> payload = (Class<T>) Object.class;
        return new JsonInstanceSerializer<>(payload).serialize(instance);
    }

    /** What the document has a provider register. */
    private static ServiceInstance<?> documented(Path directory) throws Exception {
        Matcher instance = INSTANCE.matcher(block("java"));
        assertThat(instance.find()).isTrue();
        Path source = Files.writeString(directory.resolve("Documented.java"), """
                import java.util.Map;
                public class Documented {
                    public static Object instance() throws Exception { return %s; }
                }
                """.formatted(instance.group(1)));
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        int status = Objects.requireNonNull(ToolProvider.getSystemJavaCompiler(), "this needs a JDK")
                .run(
                        null,
                        said,
                        said,
                        "-proc:none",
                        "-d",
                        directory.toString(),
                        "-cp",
                        Objects.requireNonNull(System.getProperty("java.class.path")),
                        source.toString());
        assertThat(status).as(said.toString(StandardCharsets.UTF_8)).isZero();
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {directory.toUri().toURL()}, PlainCuratorTest.class.getClassLoader())) {
            return (ServiceInstance<?>) Objects.requireNonNull(
                    loader.loadClass("Documented").getMethod("instance").invoke(null));
        }
    }

    private static String block(String language) {
        return Documents.blocks(language).stream()
                .filter(block -> block.place().startsWith("docs/guides/plain-curator.md"))
                .findFirst()
                .orElseThrow()
                .text();
    }

    @Test
    void whatAnyOtherLanguageWritesIsRead() throws Exception {
        assertIsRead("7c1e", block("json").getBytes(StandardCharsets.UTF_8));
    }

    private static void assertIsRead(String id, byte[] data) throws Exception {
        EndpointDecoder.Decoded decoded = EndpointDecoder.decode(id, data);

        assertThat(decoded.remarks()).isEmpty();
        assertThat(decoded.endpoint().address()).isEqualTo("10.0.0.7:8080");
        assertThat(decoded.endpoint().weight()).isEqualTo(3);
        assertThat(decoded.endpoint().metadata()).containsEntry("instance_status", "UP");
    }
}
