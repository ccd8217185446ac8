package io.github.zklb.clients;

import feign.FeignException;
import io.github.zklb.clients.ConsumerApplication.FeignInterface;
import io.github.zklb.clients.ConsumerApplication.HttpInterface;
import io.github.zklb.springcloud.ClientExchange;
import io.github.zklb.springcloud.ClientExchange.NoInstanceResponse;
import io.github.zklb.springcloud.NoInstanceException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.DefaultRequest;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClient;
import org.springframework.cloud.client.loadbalancer.LoadBalancerRequestAdapter;
import org.springframework.cloud.client.loadbalancer.RequestData;
import org.springframework.cloud.client.loadbalancer.RequestDataContext;
import org.springframework.cloud.client.loadbalancer.Response;
import org.springframework.cloud.client.loadbalancer.reactive.ReactiveLoadBalancer;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.cloud.openfeign.FeignClientBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.http.HttpHeaders;
import org.springframework.http.RequestEntity;
import org.springframework.http.ResponseEntity;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.web.client.HttpStatusCodeException;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestTemplate;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientResponseException;
import org.springframework.web.service.registry.HttpServiceProxyRegistry;
import reactor.core.publisher.Mono;

/** The clients of an ordinary application; those "by hand" are called as the caller's own code would do it. */
enum SpringClient implements ClientKind {
    REST_TEMPLATE("RestTemplate", context -> {
        RestTemplate client = context.getBean("restTemplate", RestTemplate.class);
        ThreadLocal<Map<String, Object>> attributes = ThreadLocal.withInitial(Map::of);
        client.getClientHttpRequestInitializers()
                .add(sent -> sent.getAttributes().putAll(attributes.get()));
        return (serviceId, request) -> {
            attributes.set(request.attributes());
            return answer(client.exchange(
                    RequestEntity.method(request.method(), request.uri(serviceId))
                            .headers(request.headersWithCookies())
                            .build(),
                    String.class));
        };
    }),

    REST_CLIENT("RestClient", context -> {
        RestClient client =
                context.getBean("restClientBuilder", RestClient.Builder.class).build();
        return (serviceId, request) -> answer(client.method(request.method())
                .uri(request.uri(serviceId))
                .headers(headers -> headers.addAll(request.headersWithCookies()))
                .attributes(attributes -> attributes.putAll(request.attributes()))
                .retrieve()
                .toEntity(String.class));
    }),

    WEB_CLIENT("WebClient", context -> {
        WebClient client =
                context.getBean("webClientBuilder", WebClient.Builder.class).build();
        return (serviceId, request) -> answer(Objects.requireNonNull(client.method(request.method())
                .uri(request.uri(serviceId))
                .headers(headers -> request.headers().forEach(headers::set))
                .cookies(cookies -> request.cookies().forEach(cookies::set))
                .attributes(attributes -> attributes.putAll(request.attributes()))
                .retrieve()
                .toEntity(String.class)
                .block()));
    }),

    HTTP_INTERFACE_ON_REST_CLIENT("HTTP interface on RestClient", context -> httpInterface(context, "blocking")),

    HTTP_INTERFACE_ON_WEB_CLIENT("HTTP interface on WebClient", context -> httpInterface(context, "reactive")),

    OPEN_FEIGN("OpenFeign", context -> {
        FeignInterface client = new FeignClientBuilder(context)
                .forType(FeignInterface.class, "anybody")
                .build();
        return (serviceId, request) -> answer(client.send(
                request.method(),
                request.uri(serviceId),
                new LinkedMultiValueMap<>(request.headersWithCookies().asMultiValueMap())));
    }),

    /** What is executed knows its instance only; the balancer is told nothing of the request. */
    EXECUTE_BY_HAND("`execute` by hand", context -> {
        LoadBalancerClient client = context.getBean(LoadBalancerClient.class);
        return (serviceId, request) -> answer(
                client.execute(serviceId, instance -> sent(instance, request).toEntity(String.class)));
    }) {
        @Override
        public List<String> twoRetries() {
            return List.of();
        }
    },

    CHOOSE_AND_EXECUTE_BY_HAND("`choose` by hand", context -> {
        LoadBalancerClient client = context.getBean(LoadBalancerClient.class);
        return (serviceId, request) -> {
            RequestDataContext data = new RequestDataContext(data(serviceId, request));
            ClientExchange exchange = new ClientExchange(data);
            ServiceInstance chosen = client.choose(serviceId, exchange);
            if (chosen == null) { // as from the stock client; who asks with an exchange finds the reason there
                throw new NoInstanceException(String.valueOf(exchange.reason()));
            }
            return answer(client.execute(
                    serviceId,
                    chosen,
                    new LoadBalancerRequestAdapter<>(
                            instance -> sent(instance, request)
                                    .onStatus(any -> true, (got, response) -> {})
                                    .toEntity(String.class),
                            data)));
        };
    }) {
        @Override
        public List<String> twoRetries() {
            return List.of();
        }
    },

    REACTOR_LOAD_BALANCER_BY_HAND("`ReactorLoadBalancer` by hand", context -> {
        LoadBalancerClientFactory factory = context.getBean(LoadBalancerClientFactory.class);
        return (serviceId, request) -> {
            ReactiveLoadBalancer<ServiceInstance> balancer =
                    Objects.requireNonNull(factory.getInstance(serviceId), serviceId);
            Response<ServiceInstance> chosen = Objects.requireNonNull(
                    Mono.from(balancer.choose(new DefaultRequest<>(new RequestDataContext(data(serviceId, request)))))
                            .block());
            if (chosen instanceof NoInstanceResponse none) {
                throw new NoInstanceException(none.reason());
            }
            return answer(
                    sent(Objects.requireNonNull(chosen.getServer()), request).toEntity(String.class));
        };
    }) {
        @Override
        public boolean countsCalls() {
            return false;
        }

        @Override
        public List<String> twoRetries() {
            return List.of();
        }
    };

    private static final ClientApplication APPLICATION = (connectString, properties) -> {
        List<String> all = new ArrayList<>(List.of(
                "spring.cloud.zookeeper.connect-string=" + connectString,
                "spring.cloud.service-registry.auto-registration.enabled=false",
                "spring.cloud.loadbalancer.retry.enabled=false",
                "spring.http.serviceclient.blocking.base-url=lb://anybody",
                "spring.http.serviceclient.reactive.base-url=lb://anybody",
                "spring.main.banner-mode=off"));
        all.addAll(properties);
        return new SpringApplicationBuilder(ConsumerApplication.class)
                .web(WebApplicationType.NONE)
                .properties(all.toArray(String[]::new))
                .run();
    };

    private final String title;
    private final Function<ConfigurableApplicationContext, BalancedClient> client;

    SpringClient(String title, Function<ConfigurableApplicationContext, BalancedClient> client) {
        this.title = title;
        this.client = client;
    }

    @Override
    public String title() {
        return title;
    }

    @Override
    public ClientApplication application() {
        return APPLICATION;
    }

    /** An HTTP error is an answer, however the client shows it. */
    @Override
    public BalancedClient client(ConfigurableApplicationContext application) {
        BalancedClient throwing = client.apply(application);
        return (serviceId, request) -> {
            try {
                return throwing.send(serviceId, request);
            } catch (HttpStatusCodeException error) {
                return Answer.of(
                        error.getStatusCode().value(), error.getResponseHeaders(), error.getResponseBodyAsString());
            } catch (WebClientResponseException error) {
                if (error.getCause() != null) { // no instance has answered
                    throw error;
                }
                return Answer.of(error.getStatusCode().value(), error.getHeaders(), error.getResponseBodyAsString());
            } catch (FeignException error) {
                if (error.status() <= 0 || error.responseHeaders().isEmpty()) {
                    throw error;
                }
                HttpHeaders headers = new HttpHeaders();
                error.responseHeaders().forEach((name, values) -> headers.put(name, List.copyOf(values)));
                return Answer.of(error.status(), headers, error.contentUTF8());
            }
        };
    }

    private static BalancedClient httpInterface(ConfigurableApplicationContext context, String group) {
        HttpInterface client = context.getBean(HttpServiceProxyRegistry.class).getClient(group, HttpInterface.class);
        return (serviceId, request) -> answer(client.send(
                request.method(), request.uri(serviceId), request.headers(), request.cookies(), request.attributes()));
    }

    private static RestClient.ResponseSpec sent(ServiceInstance instance, TestRequest request) {
        return RestClient.create()
                .method(request.method())
                .uri(request.uri(instance.getHost() + ':' + instance.getPort()))
                .headers(headers -> headers.addAll(request.headersWithCookies()))
                .retrieve();
    }

    private static RequestData data(String serviceId, TestRequest request) {
        return new RequestData(
                request.method(),
                request.uri(serviceId),
                request.headersWithCookies(),
                new LinkedMultiValueMap<>(),
                request.attributes());
    }

    private static Answer answer(ResponseEntity<String> response) {
        return Answer.of(response.getStatusCode().value(), response.getHeaders(), response.getBody());
    }
}
