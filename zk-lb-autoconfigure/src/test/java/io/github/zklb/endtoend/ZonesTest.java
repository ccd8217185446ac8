package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.Reason;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.Consumer.Client;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.NamedServer;
import io.github.zklb.testing.Shares;
import io.github.zklb.testing.TcpProxy;
import io.github.zklb.traffic.Zones.Obstacle;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.CompletionContext;
import org.springframework.cloud.client.loadbalancer.LoadBalancerLifecycle;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.Response;
import org.springframework.core.env.MapPropertySource;

/**
 * One application with real servers in three zones: each answers with its zone. For each service there are three in a, two in b and
 * one in c; of the application itself two run in a, where this one is, and one in b. {@code -Dzklb.zones.deaths=N} has the own zone die
 * more often.
 */
class ZonesTest {

    private static final int CLIENTS = 4;
    private static final int DEATHS = Integer.getInteger("zklb.zones.deaths", 1);

    /** On a machine that does something else meanwhile; the figures are what is printed. */
    private static final Duration BOUND = Duration.ofSeconds(5);

    private static final InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
    private static final List<NamedServer> servers = new ArrayList<>();
    private static Consumer consumer;

    @BeforeAll
    static void start() {
        Stream.of("a", "a", "a", "b", "b", "c").map(NamedServer::start).forEach(servers::add);
        consumer = Consumer.start(
                zookeeper.connectString(),
                new Class<?>[] {Picks.class},
                "spring.application.name=shop",
                "spring.cloud.loadbalancer.zone=a",
                "spring.cloud.loadbalancer.retry.enabled=true",
                "spring.cloud.loadbalancer.retry.max-retries-on-next-service-instance=3",
                "zk-lb.zone.mode=balanced",
                "spring.cloud.loadbalancer.clients.preferring.configurations=zone-preference",
                "spring.cloud.loadbalancer.clients.few.configurations=subset",
                "spring.cloud.loadbalancer.clients.few.subset.size=6",
                "zk-lb.services.local.zone.mode=prefer-local",
                "zk-lb.services.local.zone.name=b");
        register("shop", "a", 1);
        register("shop", "a", 2);
        register("shop", "b", 3);
        for (String service : List.of("orders", "preferring", "few", "local", "live")) {
            servers.forEach(server -> register(service, server));
        }
    }

    /** Sees each pick when it is made, before its request is sent. */
    private static final class Picks implements LoadBalancerLifecycle<Object, Object, ServiceInstance> {

        /** The first picks outside of the zone a, by service. */
        private static final Map<String, Long> across = new ConcurrentHashMap<>();

        @Override
        public void onStart(Request<Object> request) {}

        @Override
        public void onStartRequest(Request<Object> request, Response<ServiceInstance> picked) {
            long now = System.nanoTime();
            ServiceInstance instance = Objects.requireNonNull(picked.getServer());
            if (!"a".equals(instance.getMetadata().get("zone"))) {
                across.putIfAbsent(instance.getServiceId(), now);
            }
        }

        @Override
        public void onComplete(CompletionContext<Object, ServiceInstance, Object> context) {}
    }

    @AfterAll
    static void stop() {
        consumer.close();
        servers.forEach(NamedServer::close);
        zookeeper.close();
    }

    private static void register(String service, NamedServer server) {
        register(service, server.name(), server.port());
    }

    private static void register(String service, String zone, int port) {
        Endpoint endpoint = Endpoint.of("127.0.0.1", port).withMetadata(Map.of("zone", zone));
        consumer.registry().register(service, endpoint).join();
    }

    private static ServiceEngine engine(String service) {
        return consumer.context().getBean(ServiceEngines.class).engine(service);
    }

    private static Map<String, Integer> zones(String service) {
        return Shares.of(600, () -> consumer.choose(service).getMetadata().get("zone"));
    }

    private static void awaitZones(String service, Map<String, Integer> expected) {
        await().untilAsserted(() -> assertThat(zones(service)).isEqualTo(expected));
    }

    @Test
    void requestsKeepToTheZoneAsFarAsIsFair() {
        awaitZones("orders", Map.of("a", 450, "c", 150));
        assertThat(Shares.of(40, () -> consumer.get("http://orders/"))).isEqualTo(Map.of("a", 30, "c", 10));
    }

    @Test
    void theOwnZoneMayBePreferredByOneService() {
        awaitZones("local", Map.of("b", 600));
    }

    @Test
    void listsOfSuppliersKeepToTheZoneToo() {
        await().untilAsserted(() ->
                assertThat(Shares.of(40, () -> consumer.get("http://few/"))).isEqualTo(Map.of("a", 30, "c", 10)));
    }

    @Test
    void aSupplierThatPrefersTheZoneStandsAlone() {
        await().untilAsserted(() -> assertThat(Shares.of(40, () -> consumer.get("http://preferring/")))
                .isEqualTo(Map.of("a", 40)));
        assertThat(engine("preferring").zones().because()).isEqualTo(Obstacle.ZONE_PREFERENCE_SUPPLIER);
    }

    @Test
    void aRefreshChangesTheZones() {
        awaitZones("live", Map.of("a", 450, "c", 150));
        refresh("zk-lb.services.live.zone.name", "b");
        awaitZones("live", Map.of("b", 600));
        refresh("zk-lb.services.live.zone.caller-shares.b", "4");
        awaitZones("live", Map.of("a", 300, "b", 200, "c", 100));
        refresh("zk-lb.services.live.zone.mode", false); // as YAML reads off
        await().until(() -> !engine("live").zones().inEffect());
        assertThat(engine("live").zones().because()).isNull();
    }

    private static void refresh(String property, Object value) {
        consumer.context()
                .getEnvironment()
                .getPropertySources()
                .addFirst(new MapPropertySource(property, Map.of(property, value)));
        consumer.propertiesChanged(property);
    }

    @Test
    void theDeathOfTheOwnZoneUnderLoadFailsNoRequest() throws Exception {
        long[] nanos = new long[DEATHS];
        for (int i = 0; i < DEATHS; i++) {
            String service = "mortal-" + i;
            long death = deathOfTheOwnZone(service, "prefer-local", Map.of("a", 600));
            awaitZones(service, Map.of("b", 400, "c", 200));
            nanos[i] = Objects.requireNonNull(Picks.across.get(service)) - death;
        }
        System.out.printf(
                "zones: of %d deaths of the own zone half were followed by a pick in another within %.1f ms, all within %.1f ms%n",
                DEATHS,
                LongStream.of(nanos).sorted().skip(DEATHS / 2).findFirst().orElse(0) / 1e6,
                LongStream.of(nanos).max().orElse(0) / 1e6);
        assertThat(LongStream.of(nanos)).allMatch(each -> each > 0 && each < BOUND.toNanos());
    }

    @Test
    void theDeathOfTheOwnZoneFailsNoRequestWhereZonesAreBalanced() throws Exception {
        var unused = deathOfTheOwnZone("balanced", "balanced", Map.of("a", 450, "c", 150));
        await().untilAsserted(() -> assertThat(zones("balanced")).doesNotContainKey("a"));
    }

    /** When the own zone died, under a load that lasts until its instances are ejected and of which no request failed. */
    private static long deathOfTheOwnZone(String service, String mode, Map<String, Integer> before) throws Exception {
        refresh("zk-lb.services." + service + ".zone.mode", mode);
        List<TcpProxy> dying = new ArrayList<>();
        for (NamedServer server : servers.subList(0, 3)) {
            TcpProxy proxy = new TcpProxy(server.port());
            dying.add(proxy);
            register(service, "a", Integer.parseInt(proxy.connectString().replaceAll(".*:", "")));
        }
        servers.subList(3, 6).forEach(server -> register(service, server));
        awaitZones(service, before);

        AtomicBoolean over = new AtomicBoolean();
        AtomicInteger answers = new AtomicInteger();
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        try {
            List<Future<?>> loads = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                Client client = i % 2 == 0 ? Client.REST_CLIENT : Client.WEB_CLIENT;
                loads.add(clients.submit(() -> {
                    while (!over.get()) {
                        consumer.get(client, "http://" + service + "/", Map.of());
                        answers.incrementAndGet();
                    }
                }));
            }
            await().until(() -> answers.get() > 400);
            assertThat(Picks.across.containsKey(service)).isEqualTo(before.size() > 1);
            long death = System.nanoTime();
            for (TcpProxy proxy : dying) {
                proxy.close();
                proxy.cut();
            }
            await().until(() -> engine(service).snapshots().count(Reason.EJECTED) == 3
                    || loads.stream().anyMatch(Future::isDone)); // a request failed
            over.set(true);
            for (Future<?> load : loads) {
                load.get();
            }
            return death;
        } finally {
            over.set(true);
            clients.shutdownNow();
        }
    }
}
