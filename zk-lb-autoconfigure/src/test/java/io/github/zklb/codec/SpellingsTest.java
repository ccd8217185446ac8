package io.github.zklb.codec;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.zklb.Endpoint;
import io.github.zklb.codec.EndpointDecoder.Decoded;
import io.github.zklb.codec.EndpointDecoder.InvalidNodeException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import org.apache.curator.x.discovery.ServiceInstance;
import org.apache.curator.x.discovery.details.JsonInstanceSerializer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The same registration in other spellings: whatever Curator's own serializer reads, and has a host and a port, is the same
 * endpoint here. {@code -Dzklb.fuzz.payloads=10000000} tries more of them than the ordinary build does, {@code
 * -Dzklb.fuzz.seed=N} others.
 */
class SpellingsTest {

    private static final int PAYLOADS = Integer.getInteger("zklb.fuzz.payloads", 100_000);
    private static final long SEED = Long.getLong("zklb.fuzz.seed", System.nanoTime());
    private static final JsonInstanceSerializer<Object> CURATORS = new JsonInstanceSerializer<>(Object.class, false);

    private static final String[] PORTS = {
        "8080", "'8080'", "' 8080 '", "8080.0", "8080.7", "'+8080'", "1e3", "80.000000000000000001", "0", "-1", "''",
                "' '",
        "null", "'null'", "'0'", "'-1'", "65535", "65536", "99999999999", "'8080.0'", "true", "[8080]", "'0x50'", "{}"
    };
    private static final String[] TLS_PORTS = {
        "null", "null", "-1", "0", "''", "'0'", "8443", "'8443'", "8443.0", "'null'", "70000", "'none'"
    };
    private static final String[] ADDRESSES = {
        "'10.0.0.1'",
        "'orders'",
        "'ORDERS.Example.org'",
        "'shop_orders_1'",
        "'orders-0.svc.cluster.local.'",
        "17",
        "true",
        "'2001:db8:0:0:0:0:0:7'",
        "'2001:DB8::7'",
        "'[2001:db8::7]'",
        "'2001:db8:0:0:0:0:0:7%eth0'",
        "'fe80::1%eth0'",
        "'::ffff:10.0.0.1'",
        "''",
        "null",
        "'a b'",
        "'u@h'",
        "['h']",
        "'h\\u0000'"
    };
    private static final String[] IDS = {"'a'", "17", "null", "''", "'other'"};
    private static final String[] TIMES = {
        "1700000000000", "1700000000.123", "'1700000000000'", "null", "''", "1e3", "true"
    };
    private static final String[] SWITCHES = {
        "true", "false", "null", "'false'", "'True'", "'FALSE'", "0", "1", "''", "'null'", "'no'", "0.0"
    };
    private static final String[] TYPES = {"'DYNAMIC'", "'STATIC'", "'PERMANENT'", "null", "'NEW'", "''"};
    private static final String[] PAYLOADS_OF_ALL_KINDS = {
        "null",
        "'text'",
        "5",
        "true",
        "{}",
        "{'weight':'5','zone':'z1'}",
        "{'weight':5,'on':true,'nothing':null}",
        "{'@class':'java.util.HashMap','weight':'5','zone':'z1'}",
        "{'@class':'java.util.TreeMap','version':'1.10'}",
        "{'metadata':{'weight':'3','zone':'z2'}}",
        "{'metadata':{'weight':0.5,'deep':{'a':1},'list':[1]}}",
        "{'metadata':null}",
        "{'@class':'org.springframework.cloud.zookeeper.discovery.ZookeeperInstance','id':'x','name':'orders',"
                + "'metadata':{'weight':'7','instance_status':'UP'}}",
        "{'@class':'org.springframework.cloud.zookeeper.discovery.ZookeeperInstance','id':'x','name':'orders'}",
        "{'@class':'no.such.Class','weight':'5'}"
    };
    private static final String[] URI_SPECS = {
        "null",
        "{'parts':[]}",
        "'{scheme}://{address}:{port}'",
        "'{scheme}://{address}:{port}/ctx'",
        "''",
        "{'parts':[{'value':'scheme','variable':true},{'value':'://','variable':false},{'value':'address','variable':true},"
                + "{'value':':','variable':false},{'value':'port','variable':true}]}",
        "{'parts':[{'value':'http://10.0.0.1:8080/detect','variable':false}]}",
        "{'parts':[{'value':'https://','variable':'false'},{'value':'address','variable':'true'},"
                + "{'value':':','variable':0},{'value':'port','variable':1},{'value':'/ctx?since=','variable':null},"
                + "{'value':'registration-time-utc','variable':true}]}",
        "{'parts':[{'value':'http://shop_orders_1/','variable':false},{'value':'name','variable':true}]}"
    };

    private final Random random = new Random(SEED);

    /** What others write beside Spring Cloud Zookeeper; the last column is what is to be served. */
    @ParameterizedTest
    @CsvSource({
        "3f1c, http, 127.0.0.1:8082, 1, http://127.0.0.1:8082",
        "tls, https, 127.0.0.1:8443, 1, https://127.0.0.1:8443",
        "py1, http, 127.0.0.1:8080, 1, http://127.0.0.1:8080/detect",
        "compose, http, shop_orders_1:8080, 1, http://shop_orders_1:8080",
        "k8s, http, orders-0.orders.prod.svc.cluster.local:8080, 1,"
                + " http://orders-0.orders.prod.svc.cluster.local:8080",
        "v6a, http, [2001:db8::7]:8080, 1, http://[2001:db8::7]:8080",
        "v6b, http, [2001:db8::7]:8080, 1, http://[2001:db8::7]:8080",
        "nacos, http, 127.0.0.1:8080, 0.5, http://127.0.0.1:8080",
        "flat, http, 127.0.0.1:8080, 5, http://127.0.0.1:8080",
        "ctx, http, 127.0.0.1:8080, 1, https://127.0.0.1:8080/ctx",
        "n2, http, 127.0.0.1:8080, 1, http://127.0.0.1:8080",
        "off, http, 127.0.0.1:8080, 0, http://127.0.0.1:8080"
    })
    void aRegistrationOfTheFieldIsReadAsItIsMeant(String id, String scheme, String address, double weight, URI uri)
            throws Exception {
        Decoded decoded = EndpointDecoder.decode(id, registered(id));
        Endpoint endpoint = decoded.endpoint();
        assertThat(endpoint.address()).isEqualTo(address);
        assertThat(endpoint.secure()).isEqualTo(scheme.equals("https"));
        assertThat(endpoint.weight()).isEqualTo(weight);
        assertThat(endpoint.uri().orElse(URI.create(scheme + "://" + address))).isEqualTo(uri);
        assertThat(endpoint.zone()).isEqualTo(id.equals("flat") ? Optional.of("z1") : Optional.empty());
        assertThat(decoded.remarks()).isEmpty();
    }

    private static byte[] registered(String id) throws IOException {
        try (InputStream lines =
                Objects.requireNonNull(SpellingsTest.class.getResourceAsStream("registrations.jsonl"))) {
            for (String line : new String(lines.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
                JsonNode registration = new ObjectMapper().readTree(line);
                if (registration.get("path").asText().endsWith('/' + id)) {
                    return registration.get("node").toString().getBytes(StandardCharsets.UTF_8);
                }
            }
        }
        throw new IllegalArgumentException(id);
    }

    @Test
    void aRegistrationIsReadUpToZooKeepersOwnSize() throws Exception {
        String metadata = "{'address':'h','port':80,'payload':{'metadata':{'a':'%s'}}}".replace('\'', '"');
        byte[] content = metadata.formatted("x".repeat(1_000_000)).getBytes(StandardCharsets.UTF_8);
        assertThat(EndpointDecoder.decode("a", content).endpoint().metadata().get("a"))
                .hasSize(1_000_000);
    }

    @Test
    void whatCuratorReadsIsTheSameEndpointHere() {
        int read = 0;
        for (int payload = 0; payload < PAYLOADS; payload++) {
            String content = content();
            ServiceInstance<Object> instance = readByCurator(content);
            if (instance != null && isEndpoint(instance)) {
                assertAlike(content, instance);
                read++;
            }
        }
        System.out.printf(
                "spellings: %d payloads from seed %d, %d of them endpoints to Curator%n", PAYLOADS, SEED, read);
        assertThat(read).isGreaterThan(PAYLOADS / 20);
    }

    private String content() {
        Map<String, String[]> spellings = new LinkedHashMap<>();
        spellings.put("name", new String[] {"'orders'"});
        spellings.put("id", IDS);
        spellings.put("address", ADDRESSES);
        spellings.put("port", PORTS);
        spellings.put("sslPort", TLS_PORTS);
        spellings.put("registrationTimeUTC", TIMES);
        spellings.put("enabled", SWITCHES);
        spellings.put("serviceType", TYPES);
        spellings.put("payload", PAYLOADS_OF_ALL_KINDS);
        spellings.put("uriSpec", URI_SPECS);
        spellings.put("unknown", new String[] {"{'x':[1]}", "null"});
        String fields = spellings.entrySet().stream()
                .filter(field -> random.nextInt(8) > 0)
                .map(field -> "'" + field.getKey() + "':" + one(field.getValue()))
                .collect(Collectors.joining(","));
        return (random.nextInt(20) == 0 ? "\ufeff" : "") + "{" + fields.replace('\'', '"') + "}"
                + (random.nextInt(20) == 0 ? " and more" : "");
    }

    /** Mostly an ordinary spelling, so that not each payload is refused for one field or another. */
    private String one(String[] spellings) {
        return spellings[random.nextBoolean() ? 0 : random.nextInt(spellings.length)];
    }

    private static @Nullable ServiceInstance<Object> readByCurator(String content) {
        try {
            return CURATORS.deserialize(content.getBytes(StandardCharsets.UTF_8));
        } catch (Exception e) {
            return null;
        }
    }

    private static boolean isEndpoint(ServiceInstance<Object> instance) {
        return instance.getAddress() != null
                && HostGrammar.parse(instance.getAddress()).isPresent()
                && port(instance) >= 1
                && port(instance) <= 65_535;
    }

    private static boolean isSecure(ServiceInstance<Object> instance) {
        return instance.getSslPort() != null && instance.getSslPort() > 0;
    }

    private static int port(ServiceInstance<Object> instance) {
        Integer port = isSecure(instance) ? instance.getSslPort() : instance.getPort();
        return port == null ? 0 : port;
    }

    private static void assertAlike(String content, ServiceInstance<Object> instance) {
        Endpoint endpoint;
        try {
            endpoint = EndpointDecoder.decode("a", content.getBytes(StandardCharsets.UTF_8))
                    .endpoint();
        } catch (InvalidNodeException e) {
            throw new AssertionError("seed %d: Curator reads %s".formatted(SEED, content), e);
        }
        Map<String, String> metadata = metadata(instance.getPayload());
        double weight = instance.isEnabled() ? Weight.of(metadata.get("weight")).value() : 0;
        Endpoint expected = new Endpoint(
                "a",
                HostGrammar.parse(instance.getAddress()).orElseThrow(),
                port(instance),
                isSecure(instance),
                weight,
                metadata);
        assertThat(new Endpoint(
                        "a",
                        endpoint.host(),
                        endpoint.port(),
                        endpoint.secure(),
                        endpoint.weight(),
                        endpoint.metadata()))
                .as("seed %d: %s", SEED, content)
                .isEqualTo(expected);
        uri(instance, expected)
                .ifPresent(uri -> assertThat(endpoint.withUri(uri))
                        .as("seed %d: %s", SEED, content)
                        .isEqualTo(endpoint));
    }

    private static Map<String, String> metadata(@Nullable Object payload) {
        Map<String, String> metadata = new LinkedHashMap<>();
        Object declared = payload instanceof org.springframework.cloud.zookeeper.discovery.ZookeeperInstance spring
                ? spring.getMetadata()
                : payload instanceof Map<?, ?> map && map.containsKey("metadata") ? map.get("metadata") : payload;
        if (declared instanceof Map<?, ?> entries) {
            entries.forEach((key, value) -> {
                if (value != null && !(value instanceof Map) && !(value instanceof Iterable)) {
                    metadata.put((String) key, String.valueOf(value));
                }
            });
        }
        return metadata;
    }

    /** The URI that Curator builds, if it is one of the endpoint; it takes a TLS port of 0 and -1 for one. */
    private static Optional<URI> uri(ServiceInstance<Object> instance, Endpoint endpoint) {
        if (instance.getUriSpec() == null || instance.getSslPort() != null) {
            return Optional.empty();
        }
        try {
            URI uri = URI.create(instance.buildUriSpec().replace("ORDERS.Example.org", endpoint.host()));
            return endpoint.withUri(uri).uri();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
