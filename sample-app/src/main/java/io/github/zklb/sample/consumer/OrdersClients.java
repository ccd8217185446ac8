package io.github.zklb.sample.consumer;

import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.RequestEntity;
import org.springframework.stereotype.Component;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestTemplate;
import org.springframework.web.reactive.function.client.WebClient;

/** The same call through each of Spring's three HTTP clients. */
@Component
public final class OrdersClients {

    private static final String URL = "http://orders/";

    private final RestTemplate restTemplate;
    private final RestClient restClient;
    private final WebClient webClient;

    OrdersClients(RestTemplate restTemplate, RestClient.Builder restClient, WebClient.Builder webClient) {
        this.restTemplate = restTemplate;
        this.restClient = restClient.build();
        this.webClient = webClient.build();
    }

    /** The three of them. */
    public List<OrdersClient> all() {
        return List.of(this::byRestTemplate, this::byRestClient, this::byWebClient);
    }

    private String byRestTemplate(@Nullable String user) {
        RequestEntity<Void> request =
                RequestEntity.get(URL).headers(headersFor(user)).build();
        return Objects.requireNonNull(
                restTemplate.exchange(request, String.class).getBody());
    }

    private String byRestClient(@Nullable String user) {
        return Objects.requireNonNull(
                restClient.get().uri(URL).headers(headersFor(user)).retrieve().body(String.class));
    }

    private String byWebClient(@Nullable String user) {
        return Objects.requireNonNull(webClient
                .get()
                .uri(URL)
                .headers(headersFor(user))
                .retrieve()
                .bodyToMono(String.class)
                .block());
    }

    private static Consumer<HttpHeaders> headersFor(@Nullable String user) {
        return headers -> {
            if (user != null) {
                headers.set("X-User-Id", user);
            }
        };
    }
}
