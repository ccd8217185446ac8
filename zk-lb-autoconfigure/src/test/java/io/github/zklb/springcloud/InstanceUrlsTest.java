package io.github.zklb.springcloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.zklb.Endpoint;
import java.net.URI;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.cloud.client.DefaultServiceInstance;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.LoadBalancerUriTools;
import org.springframework.cloud.gateway.support.DelegatingServiceInstance;

class InstanceUrlsTest {

    private static final ServiceInstance INSTANCE = new ZkServiceInstance("orders", Endpoint.of("10.0.0.1", 8080));
    private static final ServiceInstance SECURE =
            new ZkServiceInstance("orders", new Endpoint("a", "h", 443, true, 1, Map.of()));

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://orders",
                "http://orders/",
                "http://orders/a/b.c;v=1/",
                "http://orders:99/a",
                "https://orders/a",
                "ws://orders/a",
                "http://orders?q=1",
                "http://orders/a?x&y=&z=1&z=2#part",
                "http://orders/a?url=http://b/c?d",
                "http://orders/#",
                "http://user:pass@orders/a",
                "http://orders/a%2Fb?q=%20",
                "http://orders/ä?ö#ü",
                "http://orders/a?q=[1]",
                "http://orders/a?b//c",
                "/a/b?q=1",
                "a/b",
                "//orders/a",
                "mailto:orders"
            })
    void anOrdinaryUrlIsTheOneThatSpringMakes(String url) {
        URI original = URI.create(url);
        for (ServiceInstance instance : instances()) {
            assertThat(InstanceUrls.of(instance, original))
                    .isEqualTo(LoadBalancerUriTools.reconstructURI(instance, original));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/",
                "//a///b",
                "/a//",
                "/.//../a/./b",
                "/a?",
                "/a?#",
                "?",
                "/a?b=%2B=",
                "/a?messageIds=%3CHello=World@mail%3E",
                "/a%2Fb/%C3%A4?q=ä",
                "/%e4/%2f?q=%e4&Q=%7a",
                "/ä%20?ö=%2B#ü%20",
                "/a;v=1;w=%3B/b?x=1+2&y=%2B&x=3",
                "/a?a=1&b=2&a=3",
                "/a?a&&b&=c&",
                "/a?q=%7B1%7d",
                "/a:b@c,d!$&'()*+=~_-.?/?:@!$&'()*+,;=[]"
            })
    void whatFollowsTheHostArrivesByteForByte(String rest) {
        for (String user : new String[] {"", "user:pa%40ss+=@"}) {
            URI original = URI.create("http://" + user + "orders" + rest);
            for (ServiceInstance instance : instances()) {
                URI sent = InstanceUrls.of(instance, original);
                assertThat(sent.toString())
                        .endsWith(rest)
                        .hasSameSizeAs("%s://%s%s:%s%s"
                                .formatted(sent.getScheme(), user, sent.getHost(), sent.getPort(), rest));
                assertThat(sent.getRawUserInfo()).isEqualTo(original.getRawUserInfo());
            }
        }
    }

    @Test
    void aSecureInstanceIsCalledByHttps() {
        assertThat(InstanceUrls.of(SECURE, URI.create("http://orders/a"))).hasToString("https://h:443/a");
    }

    @ParameterizedTest
    @CsvSource({
        "http, false, http://h:80/%2B=",
        "https, false, https://h:443/%2B=",
        "http, true, https://h:443/%2B=",
        "ws, false, ws://h:80/%2B=",
        "wss, false, wss://h:443/%2B=",
        "ws, true, wss://h:443/%2B="
    })
    void anInstanceWithoutAPortListensWhereItsSchemeDoes(String called, boolean secure, String sent) {
        ServiceInstance instance = new DefaultServiceInstance("a", "orders", "h", -1, secure);
        assertThat(InstanceUrls.of(instance, URI.create(called + "://orders:99/%2B=")))
                .hasToString(sent);
    }

    @ParameterizedTest
    @CsvSource({
        "::1, http://[::1]:80/%2B=",
        "[::1], http://[::1]:80/%2B=",
        "fe80::1%eth0, http://[fe80::1%eth0]:80/%2B=",
        "h.example., http://h.example.:80/%2B="
    })
    void aHostStandsInTheUrlAsUrlsHaveIt(String host, String sent) {
        ServiceInstance instance = new DefaultServiceInstance("a", "orders", host, 80, false);
        assertThat(InstanceUrls.of(instance, URI.create("http://orders/%2B="))).hasToString(sent);
    }

    @Test
    void theSchemeOfTheInstanceWins() {
        assertThat(InstanceUrls.of(
                        new DelegatingServiceInstance(INSTANCE, "wss"), URI.create("http://localhost/a%2B?b=%2B=")))
                .hasToString("wss://10.0.0.1:8080/a%2B?b=%2B=");
    }

    @Test
    @SuppressWarnings("NullAway") // null where it must not be is what is tested
    void noInstanceIsRefusedAsSpringDoes() {
        assertThatIllegalArgumentException().isThrownBy(() -> InstanceUrls.of(null, URI.create("http://orders/")));
    }

    private static List<ServiceInstance> instances() {
        return List.of(
                INSTANCE,
                SECURE,
                new ZkServiceInstance("orders", Endpoint.of("::1", 8080)),
                new DefaultServiceInstance("a", "orders", "10.0.0.1", 8080, false),
                new DefaultServiceInstance("a", "orders", "10.0.0.1", -1, false));
    }
}
