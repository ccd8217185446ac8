package io.github.zklb;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Java that stands in the documents compiles. A whole file does so by itself; members stand in a class, and statements in a
 * method, that know what the text around them speaks of.
 */
class DocumentedSnippetsTest {

    private static final Pattern UNIT =
            Pattern.compile("(?m)\\Apackage ([\\w.]+);.*?^public class (\\w+)", Pattern.DOTALL);
    private static final Pattern MEMBERS = Pattern.compile("(?m)^(@\\w|void |(public |final )*class )");

    /** What a reader of a part has in mind: the usual imports, and things that have a name in the text. */
    private static final String AROUND = """
            package documented;
            import io.github.zklb.*;
            import io.github.zklb.springcloud.*;
            import io.github.resilience4j.retry.Retry;
            import java.time.Duration;
            import java.util.*;
            import java.util.concurrent.*;
            import java.util.concurrent.TimeoutException;
            import java.util.function.Supplier;
            import org.apache.curator.framework.*;
            import org.apache.curator.retry.*;
            import org.apache.curator.utils.CloseableUtils;
            import org.apache.curator.x.discovery.ServiceDiscovery;
            import org.apache.curator.x.discovery.ServiceDiscoveryBuilder;
            import org.springframework.cloud.client.ServiceInstance;
            import org.springframework.cloud.client.loadbalancer.*;
            import org.springframework.cloud.zookeeper.serviceregistry.*;
            import org.springframework.context.SmartLifecycle;
            import org.springframework.context.annotation.Bean;
            import org.springframework.http.client.*;
            import org.springframework.stereotype.Component;
            import org.springframework.web.client.*;
            import org.springframework.web.reactive.function.client.WebClient;
            import reactor.core.publisher.Mono;
            abstract class Documented%d {
                record Order(long id) {}
                interface Pool { Order query(String customer); Mono<Order> queryLater(String customer); }
                interface Pools { Pool get(String host, int port); }
                abstract Order query(ServiceInstance instance);
                ZkLoadBalancer zkLoadBalancer;
                EndpointRegistry endpointRegistry;
                String customerId;
                String connectString;
                long id;
                Pools pools;
                WebClient client;
                Retry retry;
                %s
            }
            """;

    @TempDir
    Path classes;

    @Test
    void everyJavaSnippetCompiles() throws Exception {
        List<JavaFileObject> sources = new ArrayList<>();
        for (Documents.Block block : Documents.blocks("java")) {
            sources.add(source(block, sources.size()));
        }
        StringWriter said = new StringWriter();
        JavaCompiler compiler = Objects.requireNonNull(ToolProvider.getSystemJavaCompiler(), "this needs a JDK");
        List<String> options = List.of(
                "-d",
                classes.toString(),
                "-cp",
                Objects.requireNonNull(System.getProperty("java.class.path")),
                "-proc:none",
                "-nowarn");

        boolean compiled =
                compiler.getTask(said, null, null, options, null, sources).call();

        assertThat(sources).isNotEmpty();
        assertThat(compiled).as(said.toString()).isTrue();
    }

    @Test
    void whatAReaderCopiesHasTheVersionsThatAreTested() {
        String pom = Documents.read(Documents.ROOT.resolve("pom.xml"));
        List<String> tested = Pattern.compile("<spring-(?:boot|cloud)\\.version>(.+?)<")
                .matcher(pom)
                .results()
                .map(version -> version.group(1))
                .toList();
        assertThat(tested).hasSize(2);
        assertThat(List.of("docs/start/tutorial.md", "docs/reference/versions.md"))
                .allSatisfy(document -> assertThat(Documents.read(Documents.ROOT.resolve(document)))
                        .contains(tested));
    }

    private static JavaFileObject source(Documents.Block block, int number) {
        Matcher unit = UNIT.matcher(block.text());
        if (unit.find()) {
            return new Source(unit.group(1).replace('.', '/') + "/" + unit.group(2), block.text());
        }
        String members = MEMBERS.matcher(block.text()).find()
                ? block.text()
                : "void statements() throws Exception {\n" + block.text() + "}";
        return new Source("documented/Documented" + number, AROUND.formatted(number, "// " + block + "\n" + members));
    }

    private static final class Source extends SimpleJavaFileObject {

        private final String text;

        Source(String name, String text) {
            super(URI.create("string:///" + name + ".java"), Kind.SOURCE);
            this.text = text;
        }

        @Override
        public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return text;
        }
    }
}
