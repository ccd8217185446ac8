package io.github.zklb.springcloud;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.Endpoint;
import java.net.URI;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.cloud.client.loadbalancer.LoadBalancerUriTools;
import org.springframework.cloud.gateway.support.DelegatingServiceInstance;

/** What Spring makes of an instance's URL. */
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

    private static ZkServiceInstance instance(boolean secure) {
        return new ZkServiceInstance("orders", new Endpoint("1", "10.0.0.1", 8080, secure, 1, Map.of()));
    }
}
