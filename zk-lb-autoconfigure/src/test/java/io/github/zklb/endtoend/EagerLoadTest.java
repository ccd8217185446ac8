package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.Picker;
import io.github.zklb.Strategy;
import io.github.zklb.StrategyContext;
import io.github.zklb.StrategyFactory;
import io.github.zklb.springcloud.ZkServiceInstanceListSupplier;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Provider;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.boot.web.server.context.WebServerInitializedEvent;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.loadbalancer.annotation.LoadBalancerClient;
import org.springframework.cloud.loadbalancer.annotation.LoadBalancerClients;
import org.springframework.cloud.loadbalancer.core.DelegatingServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.core.ReactorServiceInstanceLoadBalancer;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.cloud.openfeign.EnableFeignClients;
import org.springframework.cloud.openfeign.FeignClient;
import org.springframework.context.ApplicationListener;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.registry.ImportHttpServices;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;

/** Services that are ready before the application is. */
@ExtendWith(OutputCaptureExtension.class)
@Timeout(value = 5, unit = TimeUnit.MINUTES) // none waits for the time-out of the loading
class EagerLoadTest {

    private static final String WITHOUT_LIMIT = "zk-lb.eager-timeout=10m";

    private static InProcessZooKeeper zookeeper;
    private static final List<Provider> providers = new ArrayList<>();

    @BeforeAll
    static void start() {
        zookeeper = InProcessZooKeeper.start();
        Stream.of("listed", "of-spring", "annotated", "among-annotated", "a-group", "behind-lb", "of-feign")
                .map(service -> Provider.start(service, service, zookeeper.connectString(), 1))
                .forEach(providers::add);
    }

    @AfterAll
    static void stop() {
        providers.forEach(Provider::close);
        zookeeper.close();
    }

    @Test
    void eachServiceThatIsNamedAnywhereIsPickedFromOnceBeforeTheWebServerStarts(CapturedOutput output) {
        try (ConfigurableApplicationContext context = new SpringApplicationBuilder(
                        EveryName.class, CountingStrategy.class, AtWebServerStart.class)
                .web(WebApplicationType.SERVLET)
                .properties(
                        "server.port=0",
                        "spring.cloud.zookeeper.connect-string=" + zookeeper.connectString(),
                        "spring.cloud.zookeeper.discovery.register=false",
                        "zk-lb.strategy=counting",
                        "zk-lb.eager=listed",
                        WITHOUT_LIMIT,
                        "spring.cloud.loadbalancer.eager-load.clients=of-spring",
                        "spring.http.serviceclient.other-group.base-url=lb://behind-lb/api",
                        "spring.http.serviceclient.elsewhere.base-url=http://localhost:1")
                .run()) {
            AtWebServerStart then = context.getBean(AtWebServerStart.class);
            Set<String> expected =
                    Set.of("listed", "of-spring", "annotated", "among-annotated", "a-group", "behind-lb", "of-feign");
            assertThat(then.contexts).isEqualTo(expected);
            assertThat(then.picks).containsOnlyKeys(expected);
            assertThat(then.picks.values()).allMatch(picks -> picks == 1);
            assertThat(output).doesNotContain("starts without");

            assertThat(context.getBean(FeignApi.class).get()).isEqualTo("of-feign");
            assertThat(context.getBean(LoadBalancerClientFactory.class).getContextNames())
                    .isEqualTo(expected);
            assertThat(context.getBean(CountingStrategy.class).picks).containsEntry("of-feign", 2);
        }
    }

    @Test
    void withoutAnyNameNothingIsLoaded() {
        try (Consumer consumer = Consumer.start(zookeeper.connectString(), new Class<?>[] {Unnamed.class})) {
            assertThat(contexts(consumer)).isEmpty();
        }
    }

    @Test
    void theServicesLoadAtOnce() {
        try (Consumer consumer = Consumer.start(
                zookeeper.connectString(),
                new Class<?>[] {AllOrNone.class},
                "zk-lb.eager=listed,of-spring,annotated",
                "expected=3",
                WITHOUT_LIMIT)) {
            assertThat(contexts(consumer)).containsExactlyInAnyOrder("listed", "of-spring", "annotated");
            assertThat(consumer.context().getBean(Asked.class).asked()).hasSize(3);
        }
    }

    @Test
    void aServiceWithoutInstancesIsNamedAndNotWaitedFor(CapturedOutput output) {
        try (Consumer consumer = Consumer.start(zookeeper.connectString(), "zk-lb.eager=listed,odrers", WITHOUT_LIMIT);
                Provider late = Provider.start("odrers", "late", zookeeper.connectString(), 1)) {
            assertThat(warnings(output))
                    .singleElement()
                    .satisfies(warning -> assertThat(warning)
                            .contains("without 1 of 2 services", "no such service yet", "/services/odrers")
                            .doesNotContain("listed"));
            await().until(() -> consumer.choosePort("odrers", null).equals(Optional.of(late.port())));
        }
    }

    @Test
    void aServiceThatRefusesARequestWithoutAKeyIsReadyAllTheSame(CapturedOutput output) {
        try (Consumer consumer = Consumer.start(
                zookeeper.connectString(),
                "zk-lb.eager=listed",
                "zk-lb.strategy=consistent-hash",
                "zk-lb.consistent-hash.when-missing=fail",
                WITHOUT_LIMIT)) {
            assertThat(contexts(consumer)).containsExactly("listed");
            assertThat(warnings(output)).isEmpty();
        }
    }

    @Test
    void aClientThatCannotBeMadeIsNamedAndHarmsNoOther(CapturedOutput output) {
        try (Consumer consumer = Consumer.start(
                zookeeper.connectString(),
                new Class<?>[] {Broken.class},
                "zk-lb.eager=listed,annotated",
                WITHOUT_LIMIT)) {
            assertThat(contexts(consumer)).containsExactly("listed");
            assertThat(warnings(output))
                    .singleElement()
                    .satisfies(warning -> assertThat(warning)
                            .contains("without 1 of 2 services", "service annotated: ", "this client has no address"));
        }
    }

    @Test
    void beansOfTheUsersForAClientAreMadeWithItsFirstCallUnlessTheServiceIsListed(CapturedOutput output) {
        try (Consumer consumer = Consumer.start(
                zookeeper.connectString(), new Class<?>[] {Broken.class}, "zk-lb.eager=listed", WITHOUT_LIMIT)) {
            assertThat(contexts(consumer)).containsExactly("listed");
            assertThat(warnings(output)).isEmpty();
        }
    }

    @Test
    void aBalancerOfTheUsersIsMadeAndNotAsked(CapturedOutput output) {
        try (Consumer consumer = Consumer.start(
                zookeeper.connectString(), new Class<?>[] {OwnBalancer.class}, "zk-lb.eager=listed", WITHOUT_LIMIT)) {
            assertThat(contexts(consumer)).containsExactly("listed");
            assertThat(warnings(output)).isEmpty();
        }
    }

    @Test
    void whileZooKeeperIsAwayTheApplicationStartsWithOneWarningThatNamesTheServices(CapturedOutput output) {
        try (InProcessZooKeeper away = InProcessZooKeeper.prepare();
                Consumer consumer = Consumer.start(
                        away.connectString(),
                        "zk-lb.eager=orders,payments",
                        "zk-lb.eager-timeout=3s",
                        Consumer.SHORT_SESSION,
                        Consumer.WITHOUT_WAITING)) {
            assertThat(warnings(output))
                    .singleElement()
                    .satisfies(warning -> assertThat(warning)
                            .contains(
                                    "without 2 of 2 services",
                                    "3000 ms",
                                    "service orders is not loaded: ZooKeeper at " + away.connectString(),
                                    "service payments is not loaded"));
            away.restart();
            try (Provider late = Provider.start("orders", "late", away.connectString(), 1)) {
                await().ignoreExceptions()
                        .until(() -> consumer.get("http://orders/").equals(late.name()));
            }
        }
    }

    @Test
    void withoutTimeItDoesNotWaitAndSaysNothing(CapturedOutput output) {
        try (InProcessZooKeeper away = InProcessZooKeeper.prepare();
                Consumer consumer = Consumer.start(
                        away.connectString(),
                        "zk-lb.eager=orders",
                        "zk-lb.eager-timeout=0s",
                        Consumer.WITHOUT_WAITING)) {
            await().until(() -> contexts(consumer).contains("orders"));
            assertThat(warnings(output)).isEmpty();
        }
    }

    private static Set<String> contexts(Consumer consumer) {
        return consumer.context().getBean(LoadBalancerClientFactory.class).getContextNames();
    }

    private static List<String> warnings(CapturedOutput output) {
        return output.getOut()
                .lines()
                .filter(line -> line.contains(" WARN ") && line.contains("the application starts without"))
                .toList();
    }

    interface Api {
        @GetExchange("/")
        String get();
    }

    @FeignClient("of-feign")
    interface FeignApi {
        @GetMapping("/")
        String get();
    }

    @FeignClient(name = "with-url", url = "http://localhost:1")
    interface FeignElsewhere {
        @GetMapping("/")
        String get();
    }

    /** Has a bean that is called as Spring calls one without a name of its own. */
    @Configuration(proxyBeanMethods = false)
    static class Unnamed {

        @Bean("reports#0")
        Object unnamed() {
            return new Object();
        }
    }

    /** Names services in each way there is. */
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    @LoadBalancerClient("annotated")
    @ImportHttpServices(group = "a-group", types = Api.class)
    @ImportHttpServices(group = "other-group", types = Api.class)
    @ImportHttpServices(group = "elsewhere", types = Api.class)
    @EnableFeignClients(clients = {FeignApi.class, FeignElsewhere.class})
    static class EveryName {

        @Configuration(proxyBeanMethods = false)
        @LoadBalancerClients(@LoadBalancerClient("among-annotated"))
        static class Several {}
    }

    /** Remembers what is ready when the application begins to take requests. */
    static final class AtWebServerStart implements ApplicationListener<WebServerInitializedEvent> {

        private final LoadBalancerClientFactory clients;
        private final CountingStrategy strategy;
        private Set<String> contexts = Set.of();
        private Map<String, Integer> picks = Map.of();

        AtWebServerStart(LoadBalancerClientFactory clients, CountingStrategy strategy) {
            this.clients = clients;
            this.strategy = strategy;
        }

        @Override
        public void onApplicationEvent(WebServerInitializedEvent event) {
            contexts = clients.getContextNames();
            picks = Map.copyOf(strategy.picks);
        }
    }

    /** A user's own strategy, which counts the picks of each service. */
    static final class CountingStrategy implements StrategyFactory {

        private final Map<String, Integer> picks = new ConcurrentHashMap<>();

        @Override
        public String name() {
            return "counting";
        }

        @Override
        public Strategy create(StrategyContext context) {
            return hosts -> picker(context.serviceId(), hosts.isEmpty() ? null : hosts.get(0));
        }

        private Picker picker(String serviceId, @Nullable Endpoint endpoint) {
            return context -> {
                picks.merge(serviceId, 1, Integer::sum);
                return endpoint;
            };
        }
    }

    /** Suppliers that answer once all of them have been asked. */
    @Configuration(proxyBeanMethods = false)
    @LoadBalancerClients(defaultConfiguration = AllOrNoneClient.class)
    static class AllOrNone {

        @Bean
        Asked asked(@Value("${expected}") int expected) {
            return new Asked(expected, new CopyOnWriteArrayList<>(), Sinks.one());
        }
    }

    record Asked(int expected, List<String> asked, Sinks.One<Boolean> all) {

        Mono<Boolean> ask(String service) {
            asked.add(service);
            if (asked.size() == expected) {
                all.tryEmitValue(true);
            }
            return all.asMono();
        }
    }

    static class AllOrNoneClient {

        @Bean
        ServiceInstanceListSupplier allOrNone(ZkServiceInstanceListSupplier zookeeper, Asked asked) {
            return new DelegatingServiceInstanceListSupplier(zookeeper) {
                @Override
                public Flux<List<ServiceInstance>> get() {
                    return delegate.get();
                }

                @Override
                @SuppressWarnings("rawtypes")
                public Flux<List<ServiceInstance>> get(Request request) {
                    return asked.ask(getServiceId()).thenMany(delegate.get(request));
                }
            };
        }
    }

    @Configuration(proxyBeanMethods = false)
    @LoadBalancerClients(defaultConfiguration = OwnBalancerClient.class)
    static class OwnBalancer {}

    static class OwnBalancerClient {

        @Bean
        ReactorServiceInstanceLoadBalancer never() {
            return request -> {
                throw new AssertionError("asked");
            };
        }
    }

    @Configuration(proxyBeanMethods = false)
    @LoadBalancerClient(name = "annotated", configuration = BrokenClient.class)
    static class Broken {}

    static class BrokenClient {

        @Bean
        ReactorServiceInstanceLoadBalancer broken() {
            throw new IllegalStateException("this client has no address");
        }
    }
}
