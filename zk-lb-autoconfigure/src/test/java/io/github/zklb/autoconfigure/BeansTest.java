package io.github.zklb.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.springcloud.ClientCalls.SendListener;
import io.github.zklb.springcloud.NoInstanceException;
import io.github.zklb.springcloud.ZkLoadBalancer;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.Consumer.Client;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.NamedServer;
import io.github.zklb.testing.Provider;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.cloud.client.DefaultServiceInstance;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.DefaultResponse;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClientsProperties;
import org.springframework.cloud.client.loadbalancer.Response;
import org.springframework.cloud.client.loadbalancer.reactive.ReactiveLoadBalancer;
import org.springframework.cloud.loadbalancer.annotation.LoadBalancerClient;
import org.springframework.cloud.loadbalancer.annotation.LoadBalancerClientSpecification;
import org.springframework.cloud.loadbalancer.core.ReactorLoadBalancer;
import org.springframework.cloud.loadbalancer.core.ReactorServiceInstanceLoadBalancer;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.ResolvableType;
import reactor.core.publisher.Mono;
import reactor.util.context.ContextView;

/** A user's own beans beside ours, in the application's context and in a client's. */
class BeansTest {

    private static final NamedServer own = NamedServer.start("own");
    private static InProcessZooKeeper zookeeper;
    private static Provider provider;

    @BeforeAll
    static void start() {
        zookeeper = InProcessZooKeeper.start();
        provider = Provider.start("orders", "registered", zookeeper.connectString(), 1);
    }

    @AfterAll
    static void stop() {
        provider.close();
        zookeeper.close();
        own.close();
    }

    @ParameterizedTest
    @ValueSource(classes = {InRoot.class, InRootOfReactor.class, InClient.class, InClientOfReactor.class})
    @SuppressWarnings("unchecked")
    void aBalancerOfTheUsersWinsAndIsFoundByAnyOfItsTypes(Class<?> configuration) {
        try (Consumer consumer = consumer(configuration)) {
            LoadBalancerClientFactory clients = consumer.context().getBean(LoadBalancerClientFactory.class);
            ResolvableType reactive =
                    ResolvableType.forClassWithGenerics(ReactiveLoadBalancer.class, ServiceInstance.class);
            ResolvableType reactor =
                    ResolvableType.forClassWithGenerics(ReactorLoadBalancer.class, ServiceInstance.class);
            List<@Nullable Object> found = Arrays.asList(
                    clients.getInstance("orders"),
                    clients.getInstance("orders", ReactorLoadBalancer.class),
                    clients.getInstance("orders", ReactorServiceInstanceLoadBalancer.class),
                    clients.getInstance("orders", reactive),
                    clients.getInstance("orders", reactor),
                    clients.getInstance("orders", ReactiveLoadBalancer.class, ServiceInstance.class));
            for (Object balancer : found) {
                assertThat(port((ReactiveLoadBalancer<ServiceInstance>) Objects.requireNonNull(balancer)))
                        .isEqualTo(own.port());
            }
            for (Client client : Client.values()) {
                assertThat(consumer.get(client, "http://orders/", Map.of())).isEqualTo("own");
            }
        }
    }

    @Test
    void aClientFactoryOfTheUsersInTheRootContextWins() {
        try (Consumer consumer = consumer(UsersFactory.class)) {
            assertThat(consumer.context().getBean(LoadBalancerClientFactory.class))
                    .isExactlyInstanceOf(LoadBalancerClientFactory.class);
            for (Client client : Client.values()) {
                assertThat(consumer.get(client, "http://orders/", Map.of())).isEqualTo("registered");
            }
            assertThat(consumer.choosePort("orders", null)).contains(provider.port());
        }
    }

    @Test
    void aZkLoadBalancerOfTheUsersTakesThePlaceOfOurs() {
        try (Consumer consumer = consumer(UsersZkLoadBalancer.class)) {
            assertThat(consumer.choosePort("orders", null)).isEmpty();
            assertThat(consumer.get("http://orders/")).isEqualTo("registered");
        }
    }

    @Test
    void eachOfSeveralListenersHearsOfEachRequest() {
        try (Consumer consumer = consumer(Listeners.class)) {
            for (Client client : Client.values()) {
                consumer.get(client, "http://orders/", Map.of());
            }
            assertThat(consumer.context().getBeansOfType(Heard.class)).hasSize(2);
            assertThat(consumer.context().getBeansOfType(Heard.class).values())
                    .allSatisfy(heard -> assertThat(heard.services).containsExactly("orders", "orders", "orders"));
        }
    }

    @Test
    void theContextOfAServiceIsCalledAsTheStockFactoryCallsIt() {
        try (Consumer consumer = consumer(ContextInClient.class)) {
            assertThat(Objects.requireNonNull(consumer.context()
                                    .getBean(LoadBalancerClientFactory.class)
                                    .getInstance("orders", ContextOf.class))
                            .context()
                            .getDisplayName())
                    .isEqualTo("LoadBalancerClientFactory-orders");
        }
    }

    private static Consumer consumer(Class<?> configuration) {
        return Consumer.start(zookeeper.connectString(), new Class<?>[] {configuration});
    }

    private static int port(ReactiveLoadBalancer<ServiceInstance> balancer) {
        Response<ServiceInstance> response =
                Objects.requireNonNull(Mono.from(balancer.choose()).block());
        return Objects.requireNonNull(response.getServer()).getPort();
    }

    private static Mono<Response<ServiceInstance>> ownInstance() {
        return Mono.just(
                new DefaultResponse(new DefaultServiceInstance("own", "orders", "127.0.0.1", own.port(), false)));
    }

    @Configuration(proxyBeanMethods = false)
    static class InRoot {

        @Bean
        ReactorServiceInstanceLoadBalancer users() {
            return request -> ownInstance();
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class InRootOfReactor {

        @Bean
        ReactorLoadBalancer<ServiceInstance> users() {
            return request -> ownInstance();
        }
    }

    @Configuration(proxyBeanMethods = false)
    @LoadBalancerClient(name = "orders", configuration = InRoot.class)
    static class InClient {}

    @Configuration(proxyBeanMethods = false)
    @LoadBalancerClient(name = "orders", configuration = InRootOfReactor.class)
    static class InClientOfReactor {}

    @Configuration(proxyBeanMethods = false)
    static class UsersFactory {

        @Bean
        LoadBalancerClientFactory usersFactory(
                LoadBalancerClientsProperties properties, List<LoadBalancerClientSpecification> specifications) {
            LoadBalancerClientFactory factory = new LoadBalancerClientFactory(properties);
            factory.setConfigurations(specifications);
            return factory;
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class UsersZkLoadBalancer {

        @Bean
        ZkLoadBalancer users() {
            return new ZkLoadBalancer() {
                @Override
                public Optional<ServiceInstance> choose(String serviceId, @Nullable String key) {
                    return Optional.empty();
                }

                @Override
                public Attempts attempts(String serviceId, @Nullable String key) {
                    throw new NoInstanceException("none");
                }

                @Override
                public <T> Mono<T> callReactive(
                        String serviceId,
                        @Nullable String key,
                        Function<? super ServiceInstance, ? extends Mono<T>> call) {
                    return Mono.error(new NoInstanceException("none"));
                }
            };
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Listeners {

        @Bean
        Heard one() {
            return new Heard();
        }

        @Bean
        Heard another() {
            return new Heard();
        }
    }

    static final class Heard implements SendListener {

        private final Queue<String> services = new ConcurrentLinkedQueue<>();

        @Override
        public void sending(String serviceId, String strategy, ContextView context) {
            services.add(serviceId);
        }
    }

    @Configuration(proxyBeanMethods = false)
    @LoadBalancerClient(name = "orders", configuration = ContextOf.class)
    static class ContextInClient {}

    /** Gives the context that it is in. */
    record ContextOf(ApplicationContext context) {}
}
