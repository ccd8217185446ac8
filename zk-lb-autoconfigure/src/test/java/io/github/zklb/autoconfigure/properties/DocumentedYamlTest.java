package io.github.zklb.autoconfigure.properties;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.zklb.Documents;
import io.github.zklb.engine.EngineSettings;
import io.github.zklb.registration.RegistrationProperties;
import io.github.zklb.springcloud.KeySources;
import io.github.zklb.springcloud.RequestRoutes;
import io.github.zklb.strategy.StrategyCatalogue;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.core.ResolvableType;
import org.springframework.core.env.EnumerablePropertySource;
import org.springframework.core.env.MapPropertySource;
import org.springframework.core.env.PropertySource;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.util.ClassUtils;

/** The configuration that the documents show can be: each value has the type of its property, and zk-lb accepts what is its own. */
class DocumentedYamlTest {

    /** Of all properties on the class path, the types. */
    private static final Map<String, String> TYPES = types();

    private static Stream<Documents.Block> blocks() {
        return Documents.blocks("yaml").stream()
                .filter(block -> !block.text().matches("(?s).*\\b(kind|preStop):.*")); // Kubernetes' own
    }

    @ParameterizedTest
    @MethodSource("blocks")
    void whatADocumentShowsCanBe(Documents.Block block) throws Exception {
        requireThatItCanBe(block.text());
    }

    @Test
    void aWrongValueIsSeen() {
        Stream.of(
                        "spring.http.clients.connect-timeout: soon",
                        "zk-lb.registration.weight: heavy",
                        "zk-lb.services.orders.strategy: wieghted",
                        "zk-lb.services.orders.consistent-hash.key: headre:X",
                        "zk-lb.membership.allowed-hosts: [10.0.0.0/8/8]",
                        "management.endpoint.zklbpage.access: sometimes",
                        "zk-lb.eager: [http://orders]")
                .forEach(wrong -> assertThat(catchThrowable(() -> requireThatItCanBe(wrong)))
                        .as(wrong)
                        .isNotNull()
                        .isNotInstanceOf(NullPointerException.class));
    }

    private static void requireThatItCanBe(String yaml) throws Exception {
        StandardEnvironment environment = new StandardEnvironment();
        Map<String, Object> secrets = new HashMap<>();
        for (String name : List.of("ZOOKEEPER_PASSWORD", "KEYSTORE_PASSWORD", "TRUSTSTORE_PASSWORD")) {
            secrets.put(name, "secret");
        }
        environment.getPropertySources().addFirst(new MapPropertySource("secrets", secrets));
        List<PropertySource<?>> sources = new YamlPropertySourceLoader()
                .load("documented", new ByteArrayResource(yaml.getBytes(StandardCharsets.UTF_8)));
        sources.forEach(environment.getPropertySources()::addFirst);
        new PropertyKeys().check(environment);
        Binder binder = Binder.get(environment);
        ZkLbProperties whole = binder.bindOrCreate("zk-lb", ZkLbProperties.class);
        binder.bindOrCreate("zk-lb.registration", RegistrationProperties.class);
        binder.bindOrCreate("zk-lb.zookeeper", ZooKeeperProperties.class);
        ServicePropertiesBinder services = new ServicePropertiesBinder(environment);
        requireKnown(services.bind("any"));
        whole.services().keySet().forEach(id -> requireKnown(services.bind(id)));
        for (PropertySource<?> source : sources) {
            for (String key : ((EnumerablePropertySource<?>) source).getPropertyNames()) {
                requireType(binder, key);
            }
        }
    }

    private static void requireKnown(ServiceProperties properties) {
        EngineSettings settings = properties.toSettings(key -> null);
        new StrategyCatalogue(List.of()).requireKnown(settings.strategy(), settings.strategySettings());
        KeySources sources = new KeySources(name -> request -> name);
        sources.firstOf(settings.keySources());
        new RequestRoutes(settings.routes(), sources);
    }

    private static void requireType(Binder binder, String key) throws Exception {
        String place = key.replaceAll("\\[\\d+].*", "");
        while (!TYPES.containsKey(general(place)) && place.contains(".")) {
            place = place.replaceFirst("\\.[^.]*$", "");
        }
        ResolvableType type = type(Objects.requireNonNull(TYPES.get(general(place)), key));
        assertThat(binder.bind(place, Bindable.of(type)).isBound()).as(key).isTrue();
    }

    private static String general(String key) {
        return key.replaceAll("^zk-lb\\.services\\.?(\\[[^]]*]|[^.]+)\\.", "zk-lb.");
    }

    /** A type as metadata write it. */
    private static ResolvableType type(String name) throws ClassNotFoundException {
        int open = name.indexOf('<');
        if (open < 0) {
            return ResolvableType.forClass(ClassUtils.forName(name, DocumentedYamlTest.class.getClassLoader()));
        }
        String[] of = name.substring(open + 1, name.length() - 1).split(",(?![^<]*>)");
        ResolvableType[] generics = new ResolvableType[of.length];
        for (int i = 0; i < of.length; i++) {
            generics[i] = type(of[i].strip());
        }
        return ResolvableType.forClassWithGenerics(
                ClassUtils.forName(name.substring(0, open), DocumentedYamlTest.class.getClassLoader()), generics);
    }

    private static Map<String, String> types() {
        Map<String, String> types = new HashMap<>();
        try {
            for (URL metadata : Collections.list(DocumentedYamlTest.class
                    .getClassLoader()
                    .getResources("META-INF/spring-configuration-metadata.json"))) {
                try (InputStream stream = metadata.openStream()) {
                    for (JsonNode property : new ObjectMapper().readTree(stream).get("properties")) {
                        types.putIfAbsent(
                                property.get("name").asText(),
                                property.path("type").asText("java.lang.String"));
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        types.put("spring.cloud.zookeeper.discovery.prefer-ip-address", "java.lang.Boolean"); // it has no getter
        types.put("logging.level", "java.util.Map<java.lang.String,org.springframework.boot.logging.LogLevel>");
        return types;
    }
}
