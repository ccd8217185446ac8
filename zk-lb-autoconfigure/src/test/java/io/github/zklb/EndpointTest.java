package io.github.zklb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNoException;

import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointTest {

    private static final Endpoint ENDPOINT = Endpoint.of("10.0.0.1", 8080);

    @Test
    void hasItsAddressAsIdAndWeightOneUnlessSaidOtherwise() {
        assertThat(ENDPOINT.id()).isEqualTo("10.0.0.1:8080").isEqualTo(ENDPOINT.address());
        assertThat(ENDPOINT.weight()).isEqualTo(1);
        assertThat(ENDPOINT.withWeight(7).withId("a").withMetadata(Map.of("k", "v")))
                .isEqualTo(new Endpoint("a", "10.0.0.1", 8080, false, 7, Map.of("k", "v")));
    }

    @ParameterizedTest
    @CsvSource({"0.5, 0.5", "0.3333333, 0.333", "0.0005, 0.001", "1e-9, 0.001", "0, 0", "999999.9996, 1000000"})
    void keepsThreeDecimalsOfItsWeightAndIsNotDrainedByRounding(double given, double kept) {
        assertThat(ENDPOINT.withWeight(given).weight()).isEqualTo(kept);
    }

    @Test
    void putsAnIpv6AddressInBrackets() {
        assertThat(Endpoint.of("::1", 80).address()).isEqualTo("[::1]:80");
    }

    @Test
    void knowsItsZoneFromTheMetadata() {
        assertThat(ENDPOINT.zone()).isEmpty();
        assertThat(ENDPOINT.withMetadata(Map.of("zone", "a")).zone()).contains("a");
    }

    @Test
    void copiesTheMetadata() {
        Map<String, String> metadata = new LinkedHashMap<>(Map.of("a", "1"));
        Endpoint endpoint = ENDPOINT.withMetadata(metadata);
        metadata.put("b", "2");
        assertThat(endpoint.metadata()).isEqualTo(Map.of("a", "1")).isUnmodifiable();
    }

    @ParameterizedTest
    @CsvSource({
        "'', h, 1, 1, id must not be empty",
        "i, '', 1, 1, host must not be empty",
        "i, h, 0, 1, port must be 1..65535 but was 0",
        "i, h, 65536, 1, port must be 1..65535 but was 65536",
        "i, h, 1, -1, weight must be 0..1000000 but was -1.0",
        "i, h, 1, NaN, weight must be 0..1000000 but was NaN",
        "i, h, 1, 1000001, weight must be 0..1000000 but was 1000001.0"
    })
    void refusesWhatCannotBe(String id, String host, int port, double weight, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Endpoint(id, host, port, false, weight, Map.of()))
                .withMessage(message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://10.0.0.1:8080/ctx",
                "https://10.0.0.1:8080",
                "ws://10.0.0.1:8080/socket?a=b",
                "WSS://10.0.0.1:8080/"
            })
    void hasTheUriThatItIsGiven(String uri) {
        Endpoint endpoint = ENDPOINT.withUri(URI.create(uri));
        assertThat(endpoint.uri()).contains(URI.create(uri));
        assertThat(endpoint).isNotEqualTo(ENDPOINT);
        assertThat(endpoint.withWeight(2).withId("a").withMetadata(Map.of()).uri())
                .isEqualTo(endpoint.uri());
    }

    @Test
    void aUriOfSchemeHostAndPortSaysNothingMore() {
        assertThat(ENDPOINT.withUri(URI.create("http://10.0.0.1:8080"))).isEqualTo(ENDPOINT);
        assertThat(new Endpoint("a", "::1", 8443, true, 1, Map.of())
                        .withUri(URI.create("https://[::1]:8443"))
                        .uri())
                .isEmpty();
    }

    @Test
    void aUriMayLeaveThePortToItsScheme() {
        assertThat(Endpoint.of("h", 80).withUri(URI.create("http://H/a")).uri()).contains(URI.create("http://H/a"));
        assertThat(Endpoint.of("h", 443).withUri(URI.create("wss://h")).uri()).contains(URI.create("wss://h"));
        assertThat(Endpoint.of("shop_1", 80)
                        .withUri(URI.create("http://shop_1/a"))
                        .uri())
                .contains(URI.create("http://shop_1/a"));
        assertThat(Endpoint.of("::1", 443)
                        .withUri(URI.create("https://[::1]/a"))
                        .uri())
                .contains(URI.create("https://[::1]/a"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Endpoint.of("h", 80).withUri(URI.create("https://h/a")))
                .withMessage("uri must be an http, https, ws or wss URI of h:80 but was https://h/a");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "/ctx",
                "http:10.0.0.1:8080",
                "http://10.0.0.1",
                "http://10.0.0.1:8081/ctx",
                "http://10.0.0.2:8080/ctx",
                "http://evil@10.0.0.1:8080/",
                "http://10.0.0.1:8080@evil/",
                "http://10.0.0.1:8080.evil/",
                "file://10.0.0.1:8080/etc/passwd",
                "jar:http://10.0.0.1:8080/x!/y"
            })
    void refusesTheUriOfAnythingElse(String uri) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ENDPOINT.withUri(URI.create(uri)))
                .withMessage("uri must be an http, https, ws or wss URI of 10.0.0.1:8080 but was " + uri);
    }

    @Test
    void aHostSetHasOneOrderWhateverTheOrderOfItsInput() {
        Endpoint a = Endpoint.of("a", 2);
        Endpoint b = Endpoint.of("b", 1);
        Endpoint sameAddress = a.withId("z");
        assertThat(HostSet.of(List.of(b, sameAddress, a)))
                .isEqualTo(HostSet.of(a, sameAddress, b))
                .extracting(HostSet::endpoints)
                .isEqualTo(List.of(a, sameAddress, b));
        assertThat(HostSet.of()).isSameAs(HostSet.EMPTY).matches(HostSet::isEmpty);
    }

    @Test
    void aFilterThatKeepsAllGivesTheSameHostSet() {
        HostSet hosts = HostSet.of(ENDPOINT, ENDPOINT.withId("second"));
        assertThat(hosts.filter(endpoint -> true)).isSameAs(hosts);
        assertThat(hosts.filter(endpoint -> endpoint.id().equals("second")).size())
                .isEqualTo(1);
        assertThat(hosts.filter(endpoint -> false)).isSameAs(HostSet.EMPTY);
    }

    @Test
    void aContextWithoutAKeyIsTheOneOfNone() {
        assertThat(PickContext.ofKey(null)).isSameAs(PickContext.NONE);
        assertThat(PickContext.ofKey("k").key()).isEqualTo("k");
    }

    @Test
    void aRefusedSettingNamesPropertyRequirementAndValue() {
        InvalidSettingException refused = new InvalidSettingException("a.b", "1..2", 3);
        assertThat(refused).hasMessage("zk-lb.a.b must be 1..2 but was 3");
        assertThat(refused.inService("orders"))
                .hasMessage("zk-lb.services.orders.a.b must be 1..2 but was 3")
                .returns("zk-lb.services.orders.a.b", InvalidSettingException::property)
                .returns("1..2", InvalidSettingException::requirement)
                .returns("3", InvalidSettingException::value);
        assertThatNoException().isThrownBy(() -> InvalidSettingException.requireRange("a", 1, 1, 2));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> InvalidSettingException.requireRange("a", 0, 1, 2))
                .withMessage("zk-lb.a must be 1..2 but was 0");
        assertThatIllegalArgumentException().isThrownBy(() -> InvalidSettingException.requireRange("a", 3, 1, 2));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> InvalidSettingException.requireRange("a", Double.NaN, 0.5, 2))
                .withMessage("zk-lb.a must be 0.5..2 but was NaN");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> InvalidSettingException.requireRange(
                        "a", Duration.ofSeconds(2), Duration.ofMillis(250), Duration.ofSeconds(1)))
                .withMessage("zk-lb.a must be 250ms..1s but was 2s");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> InvalidSettingException.requireRange(
                        "a", Duration.ZERO, Duration.ofMinutes(5), Duration.ofDays(1)))
                .withMessage("zk-lb.a must be 5m..24h but was 0s");
    }
}
