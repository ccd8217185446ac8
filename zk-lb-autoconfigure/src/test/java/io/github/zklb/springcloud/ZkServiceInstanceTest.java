package io.github.zklb.springcloud;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.Endpoint;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.cloud.client.loadbalancer.LoadBalancerUriTools;
import org.springframework.cloud.gateway.support.DelegatingServiceInstance;

/** What Spring makes of an instance. */
class ZkServiceInstanceTest {

    @ParameterizedTest
    @CsvSource({
        "http, false, http",
        "https, false, https",
        "ws, false, ws",
        "wss, false, wss",
        "http, true, https",
        "https, true, https",
        "ws, true, wss"
    })
    void aSecureInstanceIsCalledSecurelyAndAnyOtherAsTheCallerSays(String called, boolean secure, String sent) {
        assertThat(LoadBalancerUriTools.reconstructURI(instance(secure), URI.create(called + "://orders/path")))
                .isEqualTo(URI.create(sent + "://10.0.0.1:8080/path"));
    }

    @ParameterizedTest
    @CsvSource({"ws", "wss", "https"})
    void aGatewaysRouteMayNameAScheme(String scheme) {
        assertThat(LoadBalancerUriTools.reconstructURI(
                        new DelegatingServiceInstance(instance(false), scheme), URI.create("http://localhost/path")))
                .isEqualTo(URI.create(scheme + "://10.0.0.1:8080/path"));
    }

    @Test
    void anOrdinaryIdStaysAsItIs() {
        for (String id : List.of("18f3f2a0-5d4c-4b7e-9a55-0d1e2f3a4b5c", "host:8080", "a_b.c~d=e@f/g")) {
            assertThat(instance(id).getInstanceId()).isEqualTo(id);
        }
    }

    @Test
    void nothingOfAnIdEndsACookieAHeaderOrALine() {
        String hostile = IntStream.range(0, 0x500)
                .mapToObj(c -> String.valueOf((char) c))
                .collect(Collectors.joining());
        assertThat(instance(hostile).getInstanceId()).matches("[\\x21\\x23-\\x2b\\x2d-\\x3a\\x3c-\\x5b\\x5d-\\x7e]+");
        assertThat(instance("a\r\nX: y").toString()).isEqualTo("orders[a%0D%0AX:%20y at http://10.0.0.1:8080]");
    }

    @Test
    void differentIdsStayDifferent() {
        assertThat(Stream.of("a;b", "a%3Bb", "a,b", "a b", "ä", "Ã¤", "%C3%A4")
                        .map(id -> instance(id).getInstanceId()))
                .doesNotHaveDuplicates();
    }

    @Test
    void itsUriIsTheRegisteredOneAndARequestKeepsItsOwnPath() {
        ZkServiceInstance instance = new ZkServiceInstance(
                "orders", Endpoint.of("10.0.0.1", 8080).withUri(URI.create("https://10.0.0.1:8080/ctx")));
        assertThat(instance.getUri()).hasToString("https://10.0.0.1:8080/ctx");
        assertThat(instance.isSecure()).isFalse();
        assertThat(instance.getScheme()).isNull();
        assertThat(instance.address()).isEqualTo("10.0.0.1:8080");
        assertThat(LoadBalancerUriTools.reconstructURI(instance, URI.create("http://orders/path")))
                .isEqualTo(InstanceUrls.of(instance, URI.create("http://orders/path")))
                .hasToString("http://10.0.0.1:8080/path");
        assertThat(instance).isNotEqualTo(new ZkServiceInstance("orders", Endpoint.of("10.0.0.1", 8080)));
        assertThat(instance(true).getUri()).hasToString("https://10.0.0.1:8080");
    }

    private static ZkServiceInstance instance(boolean secure) {
        return new ZkServiceInstance("orders", new Endpoint("1", "10.0.0.1", 8080, secure, 1, Map.of()));
    }

    private static ZkServiceInstance instance(String id) {
        return new ZkServiceInstance("orders", Endpoint.of("10.0.0.1", 8080).withId(id));
    }
}
