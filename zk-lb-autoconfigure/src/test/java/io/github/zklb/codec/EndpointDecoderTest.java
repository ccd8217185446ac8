package io.github.zklb.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.zklb.Endpoint;
import io.github.zklb.codec.EndpointDecoder.Decoded;
import io.github.zklb.codec.EndpointDecoder.InvalidNodeException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.curator.x.discovery.ServiceInstance;
import org.apache.curator.x.discovery.UriSpec;
import org.apache.curator.x.discovery.details.JsonInstanceSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.cloud.zookeeper.discovery.ZookeeperInstance;
import org.springframework.cloud.zookeeper.discovery.ZookeeperServiceInstance;

/** What the content of a node says, whoever wrote it. */
class EndpointDecoderTest {

    @Test
    void whatSpringCloudZookeeperWritesIsRead() throws Exception {
        Map<String, String> metadata = Map.of("zone", "z1", "weight", "3", "instance_status", "UP");
        byte[] written = new JsonInstanceSerializer<>(ZookeeperInstance.class)
                .serialize(ServiceInstance.<ZookeeperInstance>builder()
                        .name("orders")
                        .id("a")
                        .address("10.0.0.1")
                        .port(8080)
                        .payload(new ZookeeperInstance("application-1", "orders", metadata))
                        .build());
        assertThat(EndpointDecoder.decode("a", written).endpoint())
                .isEqualTo(new Endpoint("a", "10.0.0.1", 8080, false, 3, metadata));
    }

    @Test
    void anInstanceWithoutPayloadIsRead() throws Exception {
        byte[] written = new JsonInstanceSerializer<>(Void.class)
                .serialize(ServiceInstance.<Void>builder()
                        .name("orders")
                        .id("a")
                        .address("10.0.0.1")
                        .port(8080)
                        .build());
        assertThat(EndpointDecoder.decode("a", written).endpoint())
                .isEqualTo(Endpoint.of("10.0.0.1", 8080).withId("a"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{scheme}://{address}:{port}/ctx",
                "https://{address}:{port}/ctx",
                "http://10.0.0.1:8080/{name}/{id}?since={registration-time-utc}&type={service-type}",
                "ws://{address}:8080/{ssl-port}{nothing}",
                "{scheme}://{ address }:{port}/a%20b",
                "{scheme}://{address}:{port}/"
            })
    void theUriIsTheOneThatSpringCloudZookeeperGives(String spec) throws Exception {
        ServiceInstance<ZookeeperInstance> instance = ServiceInstance.<ZookeeperInstance>builder()
                .name("orders")
                .id("a")
                .address("10.0.0.1")
                .port(8080)
                .uriSpec(new UriSpec(spec))
                .build();
        byte[] written = new JsonInstanceSerializer<>(ZookeeperInstance.class).serialize(instance);
        Decoded decoded = EndpointDecoder.decode("a", written);
        assertThat(decoded.endpoint().uri()).contains(new ZookeeperServiceInstance("orders", instance).getUri());
        assertThat(decoded.endpoint().secure()).isFalse();
        assertThat(decoded.remarks()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"10.0.0.1,,8080", "10.0.0.1,8443,8080", "::1,,8080", "::1,8443,", "orders.example.org,8443,8080"})
    void springsDefaultUriSpecSaysNothingMore(String address, Integer sslPort, Integer port) throws Exception {
        ServiceInstance<ZookeeperInstance> instance = new ServiceInstance<>(
                "orders", "a", address, port, sslPort, null, 0, null, new UriSpec("{scheme}://{address}:{port}"));
        Decoded decoded =
                EndpointDecoder.decode("a", new JsonInstanceSerializer<>(ZookeeperInstance.class).serialize(instance));
        assertThat(decoded.endpoint().uri()).isEmpty();
        assertThat(decoded.remarks()).isEmpty();
    }

    @Test
    void aUriSpecMayBeText() throws Exception {
        assertThat(endpoint("{'address':'h','port':'80','uriSpec':'{scheme}://{ address }:{port}/ctx'}")
                        .uri())
                .contains(URI.create("http://h:80/ctx"));
    }

    @Test
    void aUriHasTheHostInItsOneSpelling() throws Exception {
        String literal = "','port':80,'uriSpec':{'parts':[{'value':'http://%s:80/ctx','variable':false}]}}";
        assertThat(endpoint("{'address':'ORDERS." + literal.formatted("ORDERS."))
                        .uri())
                .contains(URI.create("http://orders:80/ctx"));
        assertThat(endpoint("{'address':'2001:db8:0:0:0:0:0:7" + literal.formatted("[2001:db8:0:0:0:0:0:7]"))
                        .uri())
                .contains(URI.create("http://[2001:db8::7]:80/ctx"));
        assertThat(endpoint("{'address':'fe80::1%2" + literal.formatted("[fe80::1%2]"))
                        .uri())
                .contains(URI.create("http://[fe80::1%2]:80/ctx"));
        assertThat(endpoint("{'address':'shop_1" + literal.formatted("shop_1")).uri())
                .contains(URI.create("http://shop_1:80/ctx"));
    }

    @Test
    void whatIsNotAsciiInAUriIsEncoded() throws Exception {
        assertThat(endpoint(withUriSpec("http://h:80/ü")).uri()).contains(URI.create("http://h:80/%C3%BC"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://h:81/ctx",
                "http://evil:80/ctx",
                "http://h:80@evil/",
                "http://evil/\\r\\nSet-Cookie: x",
                "http://h:80/ ",
                "http://[",
                "file://h:80/etc/passwd",
                "lb://h:80",
                "h:80"
            })
    void anyOtherUriIsRemarkedAndDoesNotCount(String spec) throws Exception {
        Decoded decoded = decode(withUriSpec(spec));
        assertThat(decoded.endpoint()).isEqualTo(Endpoint.of("h", 80).withId("a"));
        assertThat(decoded.remarks())
                .singleElement()
                .asString()
                .startsWith("its uriSpec does not count: ")
                .matches("[ -~]+");
    }

    @Test
    void aUriThatGrowsBeyondMeasureDoesNotCount() throws Exception {
        String part = "{'value':'name','variable':true},";
        Decoded decoded = decode("{'name':'" + "x".repeat(10_000) + "','address':'h','port':80,'uriSpec':{'parts':["
                + "{'value':'http://h:80/','variable':false}," + part.repeat(1_500) + "{}]}}");
        assertThat(decoded.endpoint().uri()).isEmpty();
        assertThat(decoded.remarks()).containsExactly("its uriSpec does not count: uri must be no longer than 2000");
    }

    @Test
    void aUriWithHalfASurrogatePairDoesNotCount() throws Exception {
        Decoded decoded = decode("{'address':'h','port':80,'uriSpec':{'parts':["
                + "{'value':'http://h:80/\\ud800','variable':false}]}}");
        assertThat(decoded.endpoint().uri()).isEmpty();
        assertThat(decoded.remarks()).containsExactly("its uriSpec does not count: uri has half a surrogate pair");
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "{}", "[]", "''", "{'parts':null}", "{'parts':{}}", "{'parts':[]}"})
    void aUriSpecWithoutPartsIsNone(String uriSpec) throws Exception {
        assertThat(decode("{'address':'h','port':80,'uriSpec':" + uriSpec + "}"))
                .isEqualTo(new Decoded(Endpoint.of("h", 80).withId("a"), List.of()));
    }

    @Test
    void theTlsPortWinsAndMakesTheEndpointSecure() throws Exception {
        Endpoint endpoint = endpoint("{'address':'h','port':8080,'sslPort':8443}");
        assertThat(endpoint.port()).isEqualTo(8443);
        assertThat(endpoint.secure()).isTrue();
    }

    @Test
    void theNameOfTheNodeIsTheId() throws Exception {
        Decoded decoded = decode("{'id':'other\\u001b','address':'h','port':80}");
        assertThat(decoded.endpoint().id()).isEqualTo("a");
        assertThat(decoded.remarks()).containsExactly("its content says id 'other\\u001b'; the node's name counts");
    }

    @Test
    void unknownFieldsAreIgnored() throws Exception {
        assertThat(endpoint("{'address':'h','port':80,'serviceType':'NEVER_HEARD_OF','x':{'y':[1,2]}}"))
                .isEqualTo(Endpoint.of("h", 80).withId("a"));
    }

    @Test
    void metadataIsKeptAsRegistered() throws Exception {
        assertThat(endpoint(payload("{'b':'2','a':'1','weight':7,'on':true}")).metadata())
                .containsExactly(
                        Map.entry("b", "2"), Map.entry("a", "1"), Map.entry("weight", "7"), Map.entry("on", "true"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "{}", "[]", "'text'", "{'zone':null}", "{'zone':{'a':1}}", "{'zone':[1]}"})
    void metadataWithoutValuesIsEmpty(String metadata) throws Exception {
        assertThat(endpoint(payload(metadata)).metadata()).isEmpty();
    }

    @Test
    void anOddWeightIsRemarkedWithItsRange() throws Exception {
        Decoded decoded = decode(payload("{'weight':'-3'}"));
        assertThat(decoded.endpoint().weight()).isEqualTo(1);
        assertThat(decoded.remarks())
                .containsExactly(
                        "its weight must be 0..1000000 with up to three decimals but was '-3'; it counts as 1.0");
    }

    @Test
    void anInstanceThatServiceDiscoveryDisabledIsDrained() throws Exception {
        assertThat(endpoint("{'address':'h','port':80,'enabled':false}").weight())
                .isZero();
        assertThat(endpoint("{'address':'h','port':80,'enabled':true}").weight())
                .isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''| it is empty",
                "' '| it is not a JSON object",
                "{| it is not JSON",
                "[1]| it is not a JSON object",
                "null| it is not a JSON object",
                "{}| address absent is neither a host name nor an IP address",
                "{'address':'h'}| port must be 1..65535 but was absent",
                "{'address':'h','port':0}| port must be 1..65535 but was 0",
                "{'address':'h','port':65536}| port must be 1..65535 but was 65536",
                "{'address':'h','port':-1}| port must be 1..65535 but was -1",
                "{'address':'h','port':0.5}| port must be 1..65535 but was 0.5",
                "{'address':'h','port':99999999999999999999}| port must be 1..65535",
                "{'address':'h','port':'80x'}| port must be 1..65535",
                "{'address':'h','port':'80.0'}| port must be 1..65535",
                "{'address':'h','port':true}| port must be 1..65535 but was true",
                "{'address':'h','port':[80]}| port must be 1..65535 but was [80]",
                "{'address':'h','port':'','sslPort':0}| port must be 1..65535",
                "{'address':'h','port':80,'sslPort':65536}| port must be 1..65535 but was 65536",
                "{'address':'h','port':80,'sslPort':'tls'}| port must be 1..65535",
                "{'address':null,'port':80}| address null is neither",
                "{'address':'u@h','port':80}| u@h",
                "{'address':{'a':1},'port':80}| is neither",
                "{'address':'h','port':80,'payload':{'metadata':{'k':'\\ud800'}}}| half a surrogate pair"
            })
    void whatIsNoEndpointIsRefusedWithItsReason(String content, String reason) {
        assertThatExceptionOfType(InvalidNodeException.class)
                .isThrownBy(() -> decode(content))
                .withMessageContaining(reason);
    }

    @Test
    void everyEncodingOfJsonIsRead() throws Exception {
        String json = "{\"address\":\"h\",\"port\":80}";
        for (byte[] content : List.of(
                ("\ufeff" + json).getBytes(StandardCharsets.UTF_8),
                json.getBytes(StandardCharsets.UTF_16),
                json.getBytes(StandardCharsets.UTF_16BE))) {
            assertThat(EndpointDecoder.decode("a", content).endpoint().host()).isEqualTo("h");
        }
    }

    @Test
    void otherEncodingsAreRefused() {
        assertRefused(
                "{\"address\":\"h\",\"port\":80,\"x\":\"ü\"}".getBytes(StandardCharsets.ISO_8859_1), "it is not JSON");
    }

    @Test
    void depthAndSizeAreCapped() {
        assertRefused(("{\"x\":" + "[".repeat(20_000)).getBytes(StandardCharsets.UTF_8), "it is not JSON");
        assertRefused(new byte[EndpointDecoder.MAX_BYTES + 1], "more than 1048576");
    }

    @Test
    void aClassThatTheContentNamesIsNeverTouched() throws Exception {
        String gadget = Gadget.class.getName();
        for (String content : new String[] {
            "{'address':'h','port':80,'payload':{'@class':'%s','metadata':{'zone':'z'}}}",
            "{'@class':'%s','address':'h','port':80,'payload':['%1$s',{'a':1}]}",
            "{'address':'h','port':80,'payload':{'@class':'%s','metadata':{'@class':'%1$s'}}}"
        }) {
            assertThat(endpoint(content.formatted(gadget)).host()).isEqualTo("h");
        }
        assertThat(touched).hasValue(0);
    }

    @Test
    void noBytesMakeItThrowAnythingElse() {
        byte[] valid = json(payload("{'weight':'3','zone':'z1'}"));
        Random random = new Random(20261123);
        for (int run = 0; run < 20_000; run++) {
            byte[] mutant = valid.clone();
            for (int change = random.nextInt(8); change >= 0; change--) {
                mutant[random.nextInt(mutant.length)] = (byte) random.nextInt(256);
            }
            try {
                EndpointDecoder.decode("a", mutant);
            } catch (InvalidNodeException e) {
                assertThat(e.getMessage()).matches("[ -~]+");
            }
        }
    }

    @Test
    void whatTheEncoderWritesIsReadBack() throws Exception {
        Map<String, String> metadata = Map.of("zone", "ü\"\n", "empty", "");
        Endpoint plain = new Endpoint("a b", "fe80::1", 8443, true, 1, metadata);
        for (Endpoint endpoint : List.of(plain, plain.withUri(URI.create("wss://[fe80::1]:8443/a?b#c")))) {
            byte[] written = EndpointEncoder.encode("orders", endpoint, Instant.EPOCH);
            assertThat(EndpointDecoder.decode("a b", written)).isEqualTo(new Decoded(endpoint, List.of()));
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1,,",
        "1,1,1",
        "1,5,1",
        "5,,5",
        "5,5.0,5.0",
        "0,,0",
        "5,heavy,5",
        "0.25,,0.25",
        "0.25,1,0.25",
        "1.5,1.50,1.50"
    })
    void theWrittenWeightSaysWhatTheEndpointSays(double weight, String registered, String written) throws Exception {
        Map<String, String> metadata = registered == null ? Map.of() : Map.of("weight", registered);
        byte[] content =
                EndpointEncoder.encode("orders", new Endpoint("a", "h", 80, false, weight, metadata), Instant.EPOCH);
        Endpoint read = EndpointDecoder.decode("a", content).endpoint();
        assertThat(read.weight()).isEqualTo(weight);
        assertThat(read.metadata().get("weight")).isEqualTo(written);
    }

    /** Tells when it is loaded and initialised. */
    static final class Gadget {
        static {
            touched.incrementAndGet();
        }

        public void setMetadata(Object metadata) {
            touched.incrementAndGet();
        }
    }

    private static final AtomicInteger touched = new AtomicInteger();

    private static void assertRefused(byte[] content, String reason) {
        assertThatExceptionOfType(InvalidNodeException.class)
                .isThrownBy(() -> EndpointDecoder.decode("a", content))
                .withMessageContaining(reason);
    }

    private static String payload(String metadata) {
        return "{'address':'h','port':80,'payload':{'metadata':" + metadata + "}}";
    }

    private static String withUriSpec(String literal) {
        return "{'address':'h','port':80,'uriSpec':{'parts':[{'value':'" + literal + "','variable':false}]}}";
    }

    private static Endpoint endpoint(String content) throws InvalidNodeException {
        return decode(content).endpoint();
    }

    private static Decoded decode(String content) throws InvalidNodeException {
        return EndpointDecoder.decode("a", json(content));
    }

    private static byte[] json(String content) {
        return content.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    }
}
