package io.github.zklb.springcloud;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.Endpoint;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.cloud.client.DefaultServiceInstance;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.LoadBalancerUriTools;

class InstanceUrlsTest {

    private static final ServiceInstance INSTANCE = instance("10.0.0.1");
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
                "http://orders/a?",
                "http://orders/a?x&y=&z=1&z=2#part",
                "http://orders/a?url=http://b/c?d",
                "http://orders/#",
                "http://user:pass@orders/a",
                "http://orders//a///b",
                "http://orders/a%2Fb?q=%20",
                "http://orders/%C3%A4?q=ä",
                "http://orders/ä?ö#ü",
                "http://orders/a?q=[1]",
                "http://orders/a?b//c",
            })
    void theUrlIsTheOneThatSpringMakes(String url) {
        URI original = URI.create(url);
        for (ServiceInstance instance : new ServiceInstance[] {INSTANCE, SECURE, instance("::1"), foreign()}) {
            assertThat(InstanceUrls.of(instance, original))
                    .isEqualTo(LoadBalancerUriTools.reconstructURI(instance, original));
        }
    }

    @Test
    void aSecureInstanceIsCalledByHttps() {
        assertThat(InstanceUrls.of(SECURE, URI.create("http://orders/a"))).hasToString("https://h:443/a");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a=1&b=2&a=3", "a&&b", "a&", "=a"})
    void theQueryStaysAsItIsWritten(String query) {
        assertThat(InstanceUrls.of(INSTANCE, URI.create("http://orders/?" + query)))
                .hasToString("http://10.0.0.1:8080/?" + query);
    }

    private static ServiceInstance instance(String host) {
        return new ZkServiceInstance("orders", Endpoint.of(host, 8080));
    }

    private static ServiceInstance foreign() {
        return new DefaultServiceInstance("a", "orders", "10.0.0.1", 8080, false);
    }
}
