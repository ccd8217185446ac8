package io.github.zklb.clients;

import feign.FeignException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.restclient.RestTemplateBuilder;
import org.springframework.cloud.client.loadbalancer.LoadBalanced;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;
import org.springframework.http.HttpMethod;
import org.springframework.http.ResponseEntity;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.http.client.SimpleClientHttpRequestFactory;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.util.MultiValueMap;
import org.springframework.web.bind.annotation.CookieValue;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestAttribute;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestTemplate;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.annotation.HttpExchange;
import org.springframework.web.service.registry.HttpServiceGroup.ClientType;
import org.springframework.web.service.registry.ImportHttpServices;
import reactor.netty.http.client.HttpClient;

/** What an application has that uses every client, as a user writes it. */
@Configuration(proxyBeanMethods = false)
@EnableAutoConfiguration
@Import(KeyBeans.class)
@ImportHttpServices(
        group = "blocking",
        types = ConsumerApplication.HttpInterface.class,
        clientType = ClientType.REST_CLIENT)
@ImportHttpServices(
        group = "reactive",
        types = ConsumerApplication.HttpInterface.class,
        clientType = ClientType.WEB_CLIENT)
@ImportHttpServices(group = "orders", types = ConsumerApplication.GroupInterface.class)
@ImportHttpServices(
        group = "turns",
        types = ConsumerApplication.GroupInterface.class,
        clientType = ClientType.WEB_CLIENT)
class ConsumerApplication {

    private static final String READ_TIMEOUT = "${test.read-timeout:1h}";

    @Bean
    @LoadBalanced
    RestTemplate restTemplate(RestTemplateBuilder builder, @Value(READ_TIMEOUT) Duration timeout) {
        return builder.requestFactory(SimpleClientHttpRequestFactory::new)
                .readTimeout(timeout)
                .build();
    }

    @Bean
    @LoadBalanced
    RestClient.Builder restClientBuilder(@Value(READ_TIMEOUT) Duration timeout) {
        JdkClientHttpRequestFactory requests = new JdkClientHttpRequestFactory();
        requests.setReadTimeout(timeout);
        return RestClient.builder().requestFactory(requests);
    }

    @Bean
    @LoadBalanced
    WebClient.Builder webClientBuilder(@Value(READ_TIMEOUT) Duration timeout) {
        return WebClient.builder()
                .clientConnector(
                        new ReactorClientHttpConnector(HttpClient.create().responseTimeout(timeout)));
    }

    @Bean
    RestTemplate plainRestTemplate() {
        return new RestTemplate();
    }

    @Bean
    RestClient.Builder plainRestClientBuilder() {
        return RestClient.builder();
    }

    @Bean
    WebClient.Builder plainWebClientBuilder() {
        return WebClient.builder();
    }

    /** An HTTP service interface. Its URI comes with the call, so that one interface does for every service and path. */
    interface HttpInterface {

        @HttpExchange
        ResponseEntity<String> send(
                HttpMethod method,
                URI uri,
                @RequestHeader Map<String, String> headers,
                @CookieValue Map<String, String> cookies,
                @RequestAttribute Map<String, Object> attributes);
    }

    /** An HTTP service interface that leaves the service to its group. */
    interface GroupInterface {

        @GetExchange("/")
        String get();
    }

    /** An interface of OpenFeign. */
    interface FeignInterface {

        @GetMapping
        ResponseEntity<String> get(URI uri, @RequestHeader MultiValueMap<String, String> headers);

        @PostMapping
        ResponseEntity<String> post(URI uri, @RequestHeader MultiValueMap<String, String> headers);

        @PutMapping
        ResponseEntity<String> put(URI uri, @RequestHeader MultiValueMap<String, String> headers);

        @DeleteMapping
        ResponseEntity<String> delete(URI uri, @RequestHeader MultiValueMap<String, String> headers);

        /** Sends a request by its method. */
        default ResponseEntity<String> send(HttpMethod method, URI uri, MultiValueMap<String, String> headers)
                throws FeignException {
            return switch (method.name()) {
                case "GET" -> get(uri, headers);
                case "POST" -> post(uri, headers);
                case "PUT" -> put(uri, headers);
                case "DELETE" -> delete(uri, headers);
                default -> throw new IllegalArgumentException(method.name());
            };
        }
    }
}
