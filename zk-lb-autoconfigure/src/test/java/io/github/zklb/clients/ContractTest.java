package io.github.zklb.clients;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import feign.FeignException;
import io.github.zklb.clients.ConsumerApplication.FeignInterface;
import io.github.zklb.clients.ConsumerApplication.GroupInterface;
import io.github.zklb.springcloud.NoInstanceException;
import io.github.zklb.springcloud.ZkLoadBalancer;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Provider;
import io.github.zklb.testing.Shares;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryOneTime;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Id;
import org.apache.zookeeper.server.auth.DigestAuthenticationProvider;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.cloud.client.DefaultServiceInstance;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.loadbalancer.annotation.LoadBalancerClient;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.support.ServiceInstanceListSuppliers;
import org.springframework.cloud.openfeign.FeignClientBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.web.client.RestClient;
import org.springframework.web.client.RestTemplate;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.reactive.function.client.WebClientResponseException;
import org.springframework.web.service.registry.HttpServiceProxyRegistry;

/** What clients of every kind do alike, with real providers and a real ZooKeeper. */
class ContractTest {

    private static final int[] WEIGHTS = {5, 3, 2, 1, 1};
    private static final List<String> NAMES = List.of("p0", "p1", "p2", "p3", "p4");

    /** Those that draw by chance whatever the answers were; without calls in flight, the last one too. */
    private static final List<String> DRAWN = List.of("random", "weighted-random", "least-request");

    private static final List<String> LEARNING = List.of("peak-ewma");
    private static final TestRequest GET = TestRequest.get("/");

    private static final List<Provider> providers = new ArrayList<>();
    private static InProcessZooKeeper zookeeper;
    private static Applications applications;

    @BeforeAll
    static void start() throws Exception {
        zookeeper = InProcessZooKeeper.start();
        for (int i = 0; i < WEIGHTS.length; i++) {
            providers.add(Provider.start("orders", "p" + i, zookeeper.connectString(), WEIGHTS[i]));
        }
        providers.add(Provider.start("orders", "no-weight", zookeeper.connectString(), 0));
        providers.add(Provider.start("drained", "d", zookeeper.connectString(), 0));
        for (String version : List.of("1", "1", "2")) {
            providers.add(
                    Provider.start("routed", "v" + version, zookeeper.connectString(), Map.of("version", version)));
        }
        deny("/services/denied");
        List<String> properties = new ArrayList<>(List.of(
                "spring.cloud.zookeeper.dependencies.turns.path=/orders",
                "zk-lb.services.turns.strategy=round-robin",
                "spring.cloud.zookeeper.dependencies.hashed.path=/orders",
                "zk-lb.services.hashed.strategy=consistent-hash",
                "zk-lb.services.hashed.consistent-hash.key=header:X-User",
                "zk-lb.services.routed.routes[0].name=testers",
                "zk-lb.services.routed.routes[0].when[0]=header:X-Tester=yes*",
                "zk-lb.services.routed.routes[0].when[1]=query:try",
                "zk-lb.services.routed.routes[0].to.version=2",
                "zk-lb.services.routed.routes[1].name=nobody",
                "zk-lb.services.routed.routes[1].when[0]=header:X-Nobody",
                "zk-lb.services.routed.routes[1].to.version=3",
                "zk-lb.services.routed.routes[1].otherwise=fail",
                "zk-lb.services.routed.routes[2].name=ramp",
                "zk-lb.services.routed.routes[2].when[0]=header:X-User",
                "zk-lb.services.routed.routes[2].split[0].to.version=2",
                "zk-lb.services.routed.routes[2].split[0].percent=50",
                "zk-lb.services.routed.routes[2].sticky-by=cookie:NONE,header:X-User",
                "zk-lb.services.routed.routes[2].otherwise=base",
                // tells lifecycles of each request, also of those for which there is no instance
                "spring.cloud.loadbalancer.stats.micrometer.enabled=true",
                "spring.main.sources=" + OwnSupplier.class.getName(),
                OwnInstances.PORTS + "=" + providers.get(0).port() + ","
                        + providers.get(1).port(),
                elsewhere(0, providers.get(2)),
                elsewhere(1, providers.get(3)),
                "spring.cloud.zookeeper.dependencies.same.path=/orders",
                "spring.cloud.loadbalancer.clients.same.configurations=same-instance-preference"));
        Stream.of(DRAWN, LEARNING).flatMap(List::stream).forEach(strategy -> {
            properties.add("spring.cloud.zookeeper.dependencies." + strategy + ".path=/orders");
            properties.add("zk-lb.services." + strategy + ".strategy=" + strategy);
        });
        applications = new Applications(zookeeper.connectString(), properties.toArray(String[]::new));
    }

    @AfterAll
    static void stop() {
        applications.close();
        providers.forEach(Provider::close);
        zookeeper.close();
    }

    static List<ClientKind> everyClient() {
        return ClientKinds.all();
    }

    @ParameterizedTest
    @MethodSource("everyClient")
    void sharesAreExactlyThoseOfTheWeights(ClientKind kind) {
        assertThat(shares(kind, "orders", 24)).isEqualTo(Map.of("p0", 10, "p1", 6, "p2", 4, "p3", 2, "p4", 2));
    }

    @ParameterizedTest
    @MethodSource("everyClient")
    void aServiceHasItsOwnStrategy(ClientKind kind) {
        assertThat(shares(kind, "turns", 20)).isEqualTo(Map.of("p0", 4, "p1", 4, "p2", 4, "p3", 4, "p4", 4));
    }

    /** The least likely instance is missed by 400 requests once in 10^15 times. */
    @ParameterizedTest
    @MethodSource("everyClientWithADraw")
    void aDrawReachesEveryInstanceThatHasWeightAndNoOther(ClientKind kind, String strategy) {
        Set<String> reached = new HashSet<>();
        for (int i = 0; i < 400 && !reached.containsAll(NAMES); i++) {
            reached.add(send(kind, strategy, GET));
        }
        reached.addAll(shares(kind, strategy, 10).keySet());
        assertThat(reached).containsExactlyInAnyOrderElementsOf(NAMES);
    }

    static Stream<Arguments> everyClientWithADraw() {
        return everyClient().stream().flatMap(kind -> DRAWN.stream().map(strategy -> Arguments.of(kind, strategy)));
    }

    @ParameterizedTest
    @MethodSource("everyClient")
    void whatLearnsFromTheAnswersGivesTheRequestsToInstancesThatHaveWeight(ClientKind kind) {
        assertThat(LEARNING)
                .allSatisfy(strategy ->
                        assertThat(NAMES).containsAll(shares(kind, strategy, 30).keySet()));
    }

    /** The instance is learnt from the choice, whichever client has made it. */
    @ParameterizedTest
    @MethodSource("everyClient")
    void sameInstancePreferenceStaysWithTheFirstChoiceWhoeverMadeIt(ClientKind kind) {
        assertThat(shares(kind, "same", 12)).hasSize(1).containsOnlyKeys(send(kind, "same", GET));
    }

    @ParameterizedTest
    @MethodSource("everyClient")
    void aKeyStaysWithItsInstanceAndARequestWithoutOneGoesByTheWeights(ClientKind kind) {
        if (new KeySourceTable().works(kind, "header:NAME")) {
            for (int user = 0; user < 10; user++) {
                TestRequest request = GET.withHeader("X-User", "user-" + user);
                Map<String, Integer> shares = Shares.of(3, () -> send(kind, "hashed", request));
                assertThat(shares).isEqualTo(Map.of(owner(kind, "hashed", "user-" + user), 3));
            }
        }
        assertThat(shares(kind, "hashed", 12)).isEqualTo(Map.of("p0", 5, "p1", 3, "p2", 2, "p3", 1, "p4", 1));
    }

    @ParameterizedTest
    @MethodSource("everyClient")
    void aRequestGoesToTheInstancesOfTheRouteThatHoldsForItWhicheverClientSendsIt(ClientKind kind) {
        assertThat(shares(kind, "routed", 6)).isEqualTo(Map.of("v1", 6));
        if (!new KeySourceTable().works(kind, "header:NAME")) {
            return;
        }
        TestRequest tester = GET.withHeader("X-Tester", "yes, please").withQuery("try", "");
        assertThat(Shares.of(6, () -> send(kind, "routed", tester))).isEqualTo(Map.of("v2", 6));
        assertThat(Shares.of(6, () -> send(kind, "routed", GET.withHeader("X-Tester", "yes"))))
                .as("half of the conditions")
                .isEqualTo(Map.of("v1", 6));
        assertThat(Sending.failure(applications.client(kind), "routed", GET.withHeader("X-Nobody", "1")))
                .contains("none with the metadata {version=3} serves, which its route 'nobody' asks for");
        Set<String> groups = new HashSet<>();
        for (int user = 0; user < 12; user++) {
            TestRequest request = GET.withHeader("X-User", "user-" + user);
            String group = send(SpringClient.REST_CLIENT, "routed", request);
            groups.add(group);
            assertThat(Shares.of(3, () -> send(kind, "routed", request))).isEqualTo(Map.of(group, 3));
        }
        assertThat(groups).containsExactlyInAnyOrder("v1", "v2");
    }

    @ParameterizedTest
    @MethodSource("everyClient")
    void theServicesOfOtherRegistriesAndOfSuppliersAreBalancedToo(ClientKind kind) {
        assertThat(shares(kind, "elsewhere", 4)).isEqualTo(Map.of("p2", 2, "p3", 2));
        assertThat(shares(kind, "own", 4)).isEqualTo(Map.of("p0", 2, "p1", 2));
    }

    private static String elsewhere(int index, Provider provider) {
        return "spring.cloud.discovery.client.simple.instances.elsewhere[" + index + "].uri=http://127.0.0.1:"
                + provider.port();
    }

    /** A service whose instances a supplier of the user's has, and no registry. */
    @Configuration(proxyBeanMethods = false)
    @LoadBalancerClient(name = "own", configuration = OwnInstances.class)
    static class OwnSupplier {}

    static class OwnInstances {

        static final String PORTS = "test.own-ports";

        @Bean
        ServiceInstanceListSupplier own(@Value("${" + PORTS + "}") int[] ports) {
            return ServiceInstanceListSuppliers.from(
                    "own",
                    IntStream.of(ports)
                            .mapToObj(port -> new DefaultServiceInstance("own" + port, "own", "127.0.0.1", port, false))
                            .toArray(ServiceInstance[]::new));
        }
    }

    @ParameterizedTest
    @MethodSource("everyClient")
    void anInstanceOfWeightZeroGetsNoRequestUntilItHasWeightAgain(ClientKind kind) {
        try (Provider a = Provider.start("drain", "a", zookeeper.connectString(), 1);
                Provider b = Provider.start("drain", "b", zookeeper.connectString(), 1)) {
            await().ignoreExceptions() // of the instances of the client before, which may still be known
                    .untilAsserted(
                            () -> assertThat(shares(kind, "drain", 10)).isEqualTo(Map.of(a.name(), 5, b.name(), 5)));
            b.updateMetadata(Map.of("weight", "0", "instance_status", "UP"));
            await().untilAsserted(() -> assertThat(shares(kind, "drain", 10)).isEqualTo(Map.of(a.name(), 10)));
            b.updateMetadata(Map.of("weight", "1", "instance_status", "UP"));
            await().untilAsserted(
                            () -> assertThat(shares(kind, "drain", 10)).isEqualTo(Map.of(a.name(), 5, b.name(), 5)));
        }
    }

    @ParameterizedTest
    @MethodSource("everyClient")
    void theErrorSaysWhyThereIsNoInstance(ClientKind kind) {
        assertThat(failure(kind, "absent")).contains("no such service yet").contains("has no node /services/absent");
        assertThat(failure(kind, "denied")).contains("/services/denied").contains("grant it READ");
        assertThat(failure(kind, "drained"))
                .contains("service drained has no instance that serves: each of the 1 registered has weight 0");
    }

    @Test
    void theErrorSaysThatAServiceIsNotLoaded() {
        try (InProcessZooKeeper away = InProcessZooKeeper.prepare();
                Applications lost = new Applications(
                        away.connectString(), "zk-lb.membership.first-load-timeout=100ms", Consumer.WITHOUT_WAITING)) {
            assertThat(everyClient())
                    .allSatisfy(kind -> assertThat(Sending.failure(lost.client(kind), "orders", GET))
                            .contains("service orders is not loaded: ZooKeeper at " + away.connectString()
                                    + " has not answered since"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void theErrorIsOfTheTypeThatTheDocumentationNames(SpringClient kind) {
        Throwable error = catchThrowable(() -> applications.client(kind).send("absent", GET));
        String reason = "has no node /services/absent";
        switch (kind) {
            case OPEN_FEIGN ->
                assertThat(error)
                        .isInstanceOfSatisfying(
                                FeignException.ServiceUnavailable.class,
                                unavailable ->
                                        assertThat(unavailable.contentUTF8()).contains(reason));
            case WEB_CLIENT, HTTP_INTERFACE_ON_WEB_CLIENT ->
                assertThat(error)
                        .isInstanceOfSatisfying(
                                WebClientResponseException.ServiceUnavailable.class,
                                unavailable -> assertThat(unavailable.getResponseBodyAsString())
                                        .contains(reason))
                        .hasCauseInstanceOf(NoInstanceException.class);
            default ->
                assertThat(error).isInstanceOf(NoInstanceException.class).isInstanceOf(IllegalStateException.class);
        }
        assertThat(error).hasMessageContaining(reason);
    }

    @Test
    void aGroupOfHttpInterfacesIsTheServiceOfItsName() {
        HttpServiceProxyRegistry interfaces =
                applications.context(SpringClient.REST_CLIENT).getBean(HttpServiceProxyRegistry.class);
        GroupInterface orders = interfaces.getClient("orders", GroupInterface.class);
        assertThat(Shares.of(12, orders::get)).isEqualTo(Map.of("p0", 5, "p1", 3, "p2", 2, "p3", 1, "p4", 1));
        GroupInterface turns = interfaces.getClient("turns", GroupInterface.class);
        assertThat(Shares.of(10, turns::get)).isEqualTo(Map.of("p0", 2, "p1", 2, "p2", 2, "p3", 2, "p4", 2));
    }

    @Test
    void whatIsNotLoadBalancedIsUntouched() {
        ConfigurableApplicationContext context = applications.context(SpringClient.REST_CLIENT);
        Provider provider = providers.get(0);
        URI uri = URI.create("http://127.0.0.1:" + provider.port() + "/");

        assertThat(context.getBean("plainRestTemplate", RestTemplate.class).getForObject(uri, String.class))
                .isEqualTo(provider.name());
        assertThat(context.getBean("plainRestClientBuilder", RestClient.Builder.class)
                        .build()
                        .get()
                        .uri(uri)
                        .retrieve()
                        .body(String.class))
                .isEqualTo(provider.name());
        assertThat(context.getBean("plainWebClientBuilder", WebClient.Builder.class)
                        .build()
                        .get()
                        .uri(uri)
                        .retrieve()
                        .bodyToMono(String.class)
                        .block())
                .isEqualTo(provider.name());
        FeignInterface feign = new FeignClientBuilder(context)
                .forType(FeignInterface.class, "direct")
                .url(uri.toString())
                .build();
        assertThat(feign.get(uri, new LinkedMultiValueMap<>()).getBody()).isEqualTo(provider.name());
    }

    private static Map<String, Integer> shares(ClientKind kind, String serviceId, int requests) {
        return Shares.of(requests, () -> send(kind, serviceId, GET));
    }

    private static String send(ClientKind kind, String serviceId, TestRequest request) {
        return Sending.send(applications.client(kind), serviceId, request).provider();
    }

    private static String failure(ClientKind kind, String serviceId) {
        return Sending.failure(applications.client(kind), serviceId, GET);
    }

    private static String owner(ClientKind kind, String serviceId, String key) {
        ZkLoadBalancer balancer = applications.context(kind).getBean(ZkLoadBalancer.class);
        int port = balancer.choose(serviceId, key).orElseThrow().getPort();
        return providers.stream()
                .filter(provider -> provider.port() == port)
                .map(Provider::name)
                .findFirst()
                .orElseThrow();
    }

    /** Makes a node that only somebody else may read. */
    private static void deny(String path) throws Exception {
        try (CuratorFramework client =
                CuratorFrameworkFactory.newClient(zookeeper.connectString(), new RetryOneTime(100))) {
            client.start();
            Id somebodyElse = new Id("digest", DigestAuthenticationProvider.generateDigest("somebody:else"));
            client.create()
                    .creatingParentsIfNeeded()
                    .withACL(List.of(new ACL(ZooDefs.Perms.ALL, somebodyElse)), false)
                    .forPath(path);
        }
    }
}
