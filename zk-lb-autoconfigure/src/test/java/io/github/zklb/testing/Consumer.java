package io.github.zklb.testing;

import io.github.zklb.EndpointRegistry;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.springcloud.ZkLoadBalancer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.api.transaction.CuratorOp;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.restclient.RestTemplateBuilder;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.LoadBalanced;
import org.springframework.cloud.context.environment.EnvironmentChangeEvent;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.HttpHeaders;
import org.springframework.http.RequestEntity;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.http.client.SimpleClientHttpRequestFactory;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestTemplate;
import org.springframework.web.reactive.function.client.WebClient;

/**
 * An application that calls a service with Spring's three clients, as a user writes it. It retries nothing unless it is
 * told to, although Spring Retry is on the class path.
 */
public final class Consumer implements AutoCloseable {

    /**
     * A property of an application that starts without ZooKeeper: Spring Cloud Zookeeper waits 10 milliseconds for the
     * connection then, instead of 10 seconds.
     */
    public static final String WITHOUT_WAITING = "spring.cloud.zookeeper.block-until-connected-unit=milliseconds";

    /**
     * A property of an application whose ZooKeeper starts after it: a server that starts may accept a connection that it then
     * forgets, and its client waits for an answer as long as a session lasts, by default for a minute.
     */
    public static final String SHORT_SESSION = "spring.cloud.zookeeper.session-timeout=10s";

    /** Held while an application starts or ends: Spring Boot sets up and takes down the one logging system of the process then. */
    private static final Object LOGGING_SYSTEM = new Object();

    private final ConfigurableApplicationContext context;
    private final RestTemplate restTemplate;
    private final RestClient restClient;
    private final WebClient webClient;

    private Consumer(ConfigurableApplicationContext context) {
        this.context = context;
        this.restTemplate = context.getBean(RestTemplate.class);
        this.restClient =
                context.getBean("restClientBuilder", RestClient.Builder.class).build();
        this.webClient =
                context.getBean("webClientBuilder", WebClient.Builder.class).build();
    }

    /** Starts the application with properties such as {@code zk-lb.strategy=random}. */
    public static Consumer start(String connectString, String... properties) {
        return start(connectString, new Class<?>[0], properties);
    }

    /** Starts the application with configuration classes of the test's own. */
    public static Consumer start(String connectString, Class<?>[] configuration, String... properties) {
        List<String> all = new ArrayList<>(List.of(
                "spring.cloud.zookeeper.connect-string=" + connectString,
                "spring.cloud.service-registry.auto-registration.enabled=false",
                "spring.cloud.loadbalancer.retry.enabled=false",
                "spring.main.banner-mode=off"));
        all.addAll(List.of(properties));
        SpringApplicationBuilder application = new SpringApplicationBuilder(Application.class)
                .sources(configuration)
                .web(WebApplicationType.NONE)
                .properties(all.toArray(String[]::new));
        synchronized (LOGGING_SYSTEM) {
            return new Consumer(application.run());
        }
    }

    /** The body that a GET through the named client brings. */
    public String get(Client client, String url, Map<String, String> headers) {
        HttpHeaders all = new HttpHeaders();
        headers.forEach(all::set);
        return String.valueOf(
                switch (client) {
                    case REST_TEMPLATE ->
                        restTemplate
                                .exchange(RequestEntity.get(url).headers(all).build(), String.class)
                                .getBody();
                    case REST_CLIENT ->
                        restClient
                                .get()
                                .uri(url)
                                .headers(h -> h.addAll(all))
                                .retrieve()
                                .body(String.class);
                    case WEB_CLIENT ->
                        webClient
                                .get()
                                .uri(url)
                                .headers(h -> h.addAll(all))
                                .retrieve()
                                .bodyToMono(String.class)
                                .block();
                });
    }

    /** The body that a GET through the RestClient brings. */
    public String get(String url) {
        return get(Client.REST_CLIENT, url, Map.of());
    }

    /** The port of the instance that {@link ZkLoadBalancer} gives. */
    public Optional<Integer> choosePort(String serviceId, @Nullable String key) {
        return context.getBean(ZkLoadBalancer.class).choose(serviceId, key).map(instance -> instance.getPort());
    }

    /** The instance that {@link ZkLoadBalancer} gives to a request without a key. */
    public ServiceInstance choose(String serviceId) {
        return context.getBean(ZkLoadBalancer.class).choose(serviceId).orElseThrow();
    }

    /** The ports of all instances that the supplier gives to the service's clients. */
    public List<Integer> registeredPorts(String serviceId) {
        LoadBalancerClientFactory clients = context.getBean(LoadBalancerClientFactory.class);
        ServiceInstanceListSupplier supplier =
                Objects.requireNonNull(clients.getInstance(serviceId, ServiceInstanceListSupplier.class));
        return Objects.requireNonNull(supplier.get().blockFirst()).stream()
                .map(ServiceInstance::getPort)
                .toList();
    }

    /** Takes registrations out of ZooKeeper, all in one moment. */
    public void deregisterAtOnce(Provider... providers) throws Exception {
        CuratorFramework zookeeper = context.getBean(CuratorFramework.class);
        List<CuratorOp> deletions = new ArrayList<>();
        for (Provider provider : providers) {
            deletions.add(zookeeper.transactionOp().delete().forPath(provider.path()));
        }
        zookeeper.transaction().forOperations(deletions);
    }

    /** The registry of endpoints. */
    public EndpointRegistry registry() {
        return context.getBean(EndpointRegistry.class);
    }

    /** Tells of properties that have changed, as a refresh does, and waits until requests go by them. */
    public void propertiesChanged(String... keys) {
        context.publishEvent(new EnvironmentChangeEvent(context, Set.of(keys)));
        awaitSettings();
    }

    /** Waits until requests go by the settings that services have: pickers are built on threads of their own. */
    public void awaitSettings() {
        Awaitility.await()
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(2))
                .until(() -> context.getBean(ServiceEngines.class).inUse().stream()
                        .allMatch(
                                each -> each.snapshots().published().settings().equals(each.settings())));
    }

    /** The application's context. */
    public ConfigurableApplicationContext context() {
        return context;
    }

    @Override
    public void close() {
        synchronized (LOGGING_SYSTEM) {
            context.close();
        }
    }

    /** Spring's clients. */
    public enum Client {
        REST_TEMPLATE,
        REST_CLIENT,
        WEB_CLIENT
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {

        @Bean
        @LoadBalanced
        RestTemplate restTemplate(RestTemplateBuilder builder) {
            return builder.requestFactory(SimpleClientHttpRequestFactory::new).build();
        }

        @Bean
        @LoadBalanced
        RestClient.Builder restClientBuilder() {
            return RestClient.builder().requestFactory(new JdkClientHttpRequestFactory());
        }

        @Bean
        @LoadBalanced
        WebClient.Builder webClientBuilder() {
            return WebClient.builder();
        }
    }
}
