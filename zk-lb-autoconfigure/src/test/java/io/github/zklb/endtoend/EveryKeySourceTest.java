package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.springcloud.HashKeyResolver;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.Consumer.Client;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Provider;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.cloud.client.loadbalancer.RequestDataContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * One service under an alias for each key source: whatever the client, a key goes where {@code ZkLoadBalancer} sends it.
 */
class EveryKeySourceTest {

    private static final String[] SOURCES = {
        "header:X-User", "cookie:USER", "query:user", "path:1", "path", "method", "attribute:user", "bean:byHost"
    };
    private static final List<Provider> providers = new ArrayList<>();
    private static InProcessZooKeeper zookeeper;
    private static Consumer consumer;

    @BeforeAll
    static void start() {
        zookeeper = InProcessZooKeeper.start();
        List<String> properties = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            providers.add(Provider.start("orders", "p" + i, zookeeper.connectString(), 1));
        }
        for (int i = 0; i < SOURCES.length; i++) {
            properties.add("spring.cloud.zookeeper.dependencies.orders-" + i + ".path=/orders");
            properties.add("zk-lb.services.orders-" + i + ".strategy=consistent-hash");
            properties.add("zk-lb.services.orders-" + i + ".consistent-hash.key=header:None," + SOURCES[i]);
            properties.add("zk-lb.services.orders-" + i + ".consistent-hash.when-missing=fail");
        }
        consumer = Consumer.start(
                zookeeper.connectString(), new Class<?>[] {KeyBeans.class}, properties.toArray(String[]::new));
    }

    @AfterAll
    static void stop() {
        consumer.close();
        providers.forEach(Provider::close);
        zookeeper.close();
    }

    @ParameterizedTest
    @CsvSource({
        "0, /, X-User, %s",
        "1, /, Cookie, A=1; USER=%s; B=2",
        "2, /?a=b&user=%s, X, y",
        "3, /v1/%s/items, X, y",
        "4, /%s, X, y",
        "7, /, X-Tenant, %s"
    })
    void everyClientFindsTheSameKey(int source, String path, String header, String value) {
        String service = "orders-" + source;
        for (Client client : Client.values()) {
            keysGoWhereTheyBelong(
                    service, (key, url) -> consumer.get(client, url, Map.of(header, value.formatted(key))), path);
        }
    }

    @Test
    void theMethodIsAKey() {
        for (Client client : Client.values()) {
            assertThat(consumer.get(client, "http://orders-5/", Map.of())).isEqualTo(nameOf("orders-5", "GET"));
        }
    }

    @Test
    void anAttributeIsAKeyOfTheWebClient() {
        WebClient client = consumer.context()
                .getBean("webClientBuilder", WebClient.Builder.class)
                .build();
        keysGoWhereTheyBelong(
                "orders-6",
                (key, url) -> client.get()
                        .uri(url)
                        .attribute("user", key)
                        .retrieve()
                        .bodyToMono(String.class)
                        .block(),
                "/");
    }

    @Test
    void aCookieOfTheWebClientIsAKey() {
        WebClient client = consumer.context()
                .getBean("webClientBuilder", WebClient.Builder.class)
                .build();
        keysGoWhereTheyBelong(
                "orders-1",
                (key, url) -> client.get()
                        .uri(url)
                        .cookie("OTHER", "x")
                        .cookie("USER", key)
                        .retrieve()
                        .bodyToMono(String.class)
                        .block(),
                "/");
    }

    @Test
    void aCookieHeaderDoesNotHideTheCookiesOfTheWebClient() {
        WebClient client = consumer.context()
                .getBean("webClientBuilder", WebClient.Builder.class)
                .build();
        keysGoWhereTheyBelong(
                "orders-1",
                (key, url) -> client.get()
                        .uri(url)
                        .header("Cookie", "OTHER=x")
                        .cookie("USER", key)
                        .retrieve()
                        .bodyToMono(String.class)
                        .block(),
                "/");
    }

    private static void keysGoWhereTheyBelong(String service, BiFunction<String, String, String> call, String path) {
        for (int i = 0; i < 40; i++) {
            String key = "user" + i;
            String expected = nameOf(service, path.equals("/%s") ? "/" + key : key);
            assertThat(call.apply(key, "http://" + service + path.formatted(key)))
                    .as(key)
                    .isEqualTo(expected);
        }
    }

    private static String nameOf(String service, String key) {
        int port = consumer.choosePort(service, key).orElseThrow();
        return providers.stream()
                .filter(provider -> provider.port() == port)
                .map(Provider::name)
                .findFirst()
                .orElseThrow();
    }

    @Configuration(proxyBeanMethods = false)
    static class KeyBeans {
        @Bean
        HashKeyResolver byHost() {
            return request -> request.getContext() instanceof RequestDataContext context
                    ? context.getClientRequest().getHeaders().getFirst("X-Tenant")
                    : null;
        }
    }
}
