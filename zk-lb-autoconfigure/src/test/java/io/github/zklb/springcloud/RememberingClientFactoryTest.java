package io.github.zklb.springcloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.Consumer.Client;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Provider;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.aot.AotDetector;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.beans.factory.support.RegisteredBean;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.CompletionContext;
import org.springframework.cloud.client.loadbalancer.LoadBalancerLifecycle;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.Response;
import org.springframework.cloud.client.loadbalancer.reactive.ReactiveLoadBalancer;
import org.springframework.cloud.context.config.annotation.RefreshScope;
import org.springframework.cloud.context.refresh.ContextRefresher;
import org.springframework.cloud.loadbalancer.annotation.LoadBalancerClient;
import org.springframework.cloud.loadbalancer.aot.LoadBalancerChildContextInitializer;
import org.springframework.cloud.loadbalancer.core.ReactorServiceInstanceLoadBalancer;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Scope;
import org.springframework.context.support.GenericApplicationContext;

/** The factory gives what the stock one gives, and finds it once. */
@SuppressWarnings("NullAway") // a bean that is not there fails the test
class RememberingClientFactoryTest {

    private static InProcessZooKeeper zookeeper;
    private static Provider provider;

    @BeforeAll
    static void start() {
        zookeeper = InProcessZooKeeper.start();
        provider = Provider.start("orders", "a", zookeeper.connectString(), 1);
    }

    @AfterAll
    static void stop() {
        provider.close();
        zookeeper.close();
    }

    @BeforeEach
    void forget() {
        Told.calls.clear();
    }

    @Test
    void lookUpsAreMadeOnce() {
        try (Consumer consumer = consumer(InParent.class)) {
            LoadBalancerClientFactory factory = factory(consumer);
            assertThat(factory.getInstance("orders"))
                    .isNotNull()
                    .isSameAs(factory.getInstance("orders", ReactorServiceInstanceLoadBalancer.class))
                    .isNotSameAs(factory.getInstance("others"));
            assertThat(lifecycles(factory, "orders"))
                    .containsOnlyKeys("parents")
                    .isSameAs(lifecycles(factory, "orders"));
        }
    }

    @Test
    void lifecyclesOfParentAndClientAreToldOfEachRequest() {
        try (Consumer consumer = consumer(InParent.class, OfOrders.class)) {
            for (Client client : Client.values()) {
                for (int call = 0; call < 2; call++) {
                    assertThat(consumer.get(client, "http://orders/", Map.of())).isEqualTo("a");
                }
                assertThat(Told.calls)
                        .as(client.name())
                        .containsExactlyInAnyOrder(
                                "parents start",
                                "parents send",
                                "parents end SUCCESS",
                                "childs start",
                                "childs send",
                                "childs end SUCCESS",
                                "parents start",
                                "parents send",
                                "parents end SUCCESS",
                                "childs start",
                                "childs send",
                                "childs end SUCCESS");
                Told.calls.clear();
            }
        }
    }

    @Test
    void whatAScopeMakesAnewIsAskedForEachTime() {
        try (Consumer consumer = consumer(Scoped.class, OfOrders.class)) {
            LoadBalancerClientFactory factory = factory(consumer);
            assertThat(lifecycles(factory, "orders"))
                    .containsKeys("prototypes", "childs")
                    .doesNotContainEntry(
                            "prototypes", lifecycles(factory, "orders").get("prototypes"));
            assertThat(lifecycles(factory, "others")).containsKey("prototypes").doesNotContainKey("childs");
        }
    }

    @Test
    void aRefreshOfTheConfigurationLeavesNothingStale() {
        try (Consumer consumer = consumer(Refreshed.class)) {
            assertThat(consumer.get("http://orders/")).isEqualTo("a");
            Queue<String> before = new ConcurrentLinkedQueue<>(Told.calls);
            Told.calls.clear();
            consumer.context().getBean(ContextRefresher.class).refresh();
            assertThat(consumer.get("http://orders/")).isEqualTo("a");
            assertThat(before).contains("refreshed 1 start");
            assertThat(Told.calls).contains("refreshed 2 start").noneMatch(call -> call.startsWith("refreshed 1"));
        }
    }

    @Test
    void contextsThatWereDestroyedAreMadeAgain() {
        try (Consumer consumer = consumer(OfOrders.class)) {
            LoadBalancerClientFactory factory = factory(consumer);
            ReactiveLoadBalancer<ServiceInstance> first = factory.getInstance("orders");
            Map<String, ?> firstLifecycles = lifecycles(factory, "orders");
            factory.destroy();
            assertThat(factory.getInstance("orders")).isNotNull().isNotSameAs(first);
            assertThat(lifecycles(factory, "orders").get("childs"))
                    .isNotNull()
                    .isNotSameAs(firstLifecycles.get("childs"));
            for (Client client : Client.values()) {
                assertThat(consumer.get(client, "http://orders/", Map.of())).isEqualTo("a");
            }
            assertThat(Told.calls).contains("childs start");
        }
    }

    @Test
    void aContextThatWasClosedBySomebodyIsNotAnsweredFor() {
        try (Consumer consumer = consumer(ContextOfOrders.class)) {
            LoadBalancerClientFactory factory = factory(consumer);
            factory.getInstance("orders");
            lifecycles(factory, "orders");
            ((ConfigurableApplicationContext)
                            factory.getInstance("orders", ContextOf.class).context())
                    .close();
            assertThatIllegalStateException().isThrownBy(() -> factory.getInstance("orders"));
            assertThatIllegalStateException().isThrownBy(() -> lifecycles(factory, "orders"));
        }
    }

    @Test
    void oneThatIsJustBeingMadeIsNotForgottenForGood() {
        try (Consumer consumer = consumer(Early.class)) {
            assertThat(lifecycles(factory(consumer), "orders")).containsOnlyKeys("early");
        }
    }

    @Test
    void whatIsPreparedAheadOfTimeFindsTheFactoryAndKeepsItsKind() {
        try (Consumer consumer = consumer(OfOrders.class)) {
            LoadBalancerChildContextInitializer ahead =
                    consumer.context().getBean(LoadBalancerChildContextInitializer.class);
            RegisteredBean bean = RegisteredBean.of(consumer.context().getBeanFactory(), "loadBalancerClientFactory");
            assertThat(ahead.processAheadOfTime(bean)).isNotNull();

            ApplicationContextInitializer<GenericApplicationContext> initializer =
                    context -> context.registerBean("childs", Told.class, () -> new Told("ahead"));
            LoadBalancerClientFactory prepared =
                    factory(consumer).withApplicationContextInitializers(Map.of("orders", initializer));
            assertThat(prepared).isInstanceOf(RememberingClientFactory.class);
            assertThat(lifecycles(prepared, "orders")).isSameAs(lifecycles(prepared, "orders"));
            assertThat(lifecycles(prepared, "orders").get("childs")).hasToString("ahead");
            prepared.destroy();
        }
    }

    @Test
    void aServiceThatWasNotNamedAheadOfTimeHasItsContextAllTheSame() {
        try (Consumer consumer = consumer(OfOrders.class)) {
            LoadBalancerClientFactory prepared = factory(consumer).withApplicationContextInitializers(Map.of());
            prepared.setApplicationContext(consumer.context());
            System.setProperty(AotDetector.AOT_ENABLED, "true");
            try {
                assertThat(prepared.getInstance("payments")).isInstanceOf(ZkReactorLoadBalancer.class);
                assertThat(lifecycles(prepared, "orders")).isNotEmpty();
            } finally {
                System.clearProperty(AotDetector.AOT_ENABLED);
                prepared.destroy();
            }
        }
    }

    private static Consumer consumer(Class<?>... configuration) {
        return Consumer.start(zookeeper.connectString(), configuration);
    }

    private static LoadBalancerClientFactory factory(Consumer consumer) {
        return consumer.context().getBean("loadBalancerClientFactory", RememberingClientFactory.class);
    }

    @SuppressWarnings("rawtypes")
    private static Map<String, LoadBalancerLifecycle> lifecycles(LoadBalancerClientFactory factory, String serviceId) {
        return factory.getInstances(serviceId, LoadBalancerLifecycle.class);
    }

    @Configuration(proxyBeanMethods = false)
    static class InParent {

        @Bean
        Told parents() {
            return new Told("parents");
        }
    }

    @Configuration(proxyBeanMethods = false)
    @LoadBalancerClient(name = "orders", configuration = InChild.class)
    static class OfOrders {}

    static class InChild {

        @Bean
        Told childs() {
            return new Told("childs");
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Scoped {

        @Bean
        @Scope(ConfigurableBeanFactory.SCOPE_PROTOTYPE)
        Told prototypes() {
            return new Told("prototypes");
        }
    }

    @Configuration(proxyBeanMethods = false)
    static class Refreshed {

        private final AtomicInteger made = new AtomicInteger();

        @Bean
        @RefreshScope
        Told refreshed() {
            return new Told("refreshed " + made.incrementAndGet());
        }
    }

    @Configuration(proxyBeanMethods = false)
    @LoadBalancerClient(name = "orders", configuration = ContextOf.class)
    static class ContextOfOrders {}

    /** Gives the context that it is in. */
    record ContextOf(ApplicationContext context) {}

    @Configuration(proxyBeanMethods = false)
    static class Early {

        @Bean
        Told early(@Qualifier("loadBalancerClientFactory") LoadBalancerClientFactory factory) {
            assertThat(lifecycles(factory, "orders")).isEmpty();
            return new Told("early");
        }
    }

    /** Notes what it is told. */
    static class Told implements LoadBalancerLifecycle<Object, Object, ServiceInstance> {

        static final Queue<String> calls = new ConcurrentLinkedQueue<>();

        private final String name;

        Told() {
            this("proxy");
        }

        Told(String name) {
            this.name = name;
        }

        @Override
        public void onStart(Request<Object> request) {
            calls.add(name + " start");
        }

        @Override
        public void onStartRequest(Request<Object> request, Response<ServiceInstance> response) {
            calls.add(name + " send");
        }

        @Override
        public void onComplete(CompletionContext<Object, ServiceInstance, Object> end) {
            calls.add(name + " end " + end.status());
        }

        @Override
        public String toString() {
            return name;
        }
    }
}
