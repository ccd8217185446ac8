package io.github.zklb.springcloud;

import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.calls.CallLoads;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.Gateway;
import io.github.zklb.testing.InProcessZooKeeper;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClient;
import org.springframework.cloud.client.loadbalancer.reactive.ReactiveLoadBalancer;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.service.annotation.GetExchange;
import org.springframework.web.service.registry.HttpServiceGroup.ClientType;
import org.springframework.web.service.registry.ImportHttpServices;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Whatever an application may do on an event loop, in a process where BlockHound watches. It prints a line for each
 * scene, and each call that blocked.
 */
final class EventLoopCalls implements AutoCloseable {

    private static final List<String> STRATEGIES = List.of(
            "weighted", "round-robin", "random", "weighted-random", "consistent-hash", "least-request", "peak-ewma");

    /** How many calls a scene makes. */
    static final int CALLS = 64;

    /** How many scenes there are, without retries and with them. */
    static final int SCENES = 3 * STRATEGIES.size() + 6 + 3 + 6 + 2 * 5;

    private static final int AT_ONCE = 32;

    private final BlockingCalls blocking;
    private final GatedServer[] servers = {new GatedServer(), new GatedServer()};
    private final Consumer consumer;
    private final WebClient client;
    private final LaterAnswers httpInterface;
    private final ConfigurableApplicationContext gateway;
    private final WebClient throughGateway;
    private final AtomicInteger onEventLoops = new AtomicInteger();

    private EventLoopCalls(BlockingCalls blocking, InProcessZooKeeper zookeeper, boolean retries) {
        this.blocking = blocking;
        List<String> properties = new ArrayList<>(List.of(
                "spring.cloud.loadbalancer.retry.enabled=" + retries,
                "spring.cloud.loadbalancer.retry.retryable-status-codes=503",
                "zk-lb.outlier-ejection.enabled=true",
                "zk-lb.outlier-ejection.interval=100ms",
                "zk-lb.consistent-hash.key=header:user",
                "zk-lb.consistent-hash.bounded-load=1.25",
                "spring.http.serviceclient.answers.base-url=lb://answers",
                "zk-lb.services.blocked.strategy=consistent-hash",
                "zk-lb.services.blocked.consistent-hash.key=bean:slow"));
        STRATEGIES.forEach(name -> properties.add("zk-lb.services." + name + ".strategy=" + name));
        consumer = Consumer.start(
                zookeeper.connectString(),
                new Class<?>[] {SlowKeys.class, HttpInterfaces.class},
                properties.toArray(String[]::new));
        client = consumer.context().getBean(WebClient.Builder.class).build();
        httpInterface = consumer.context().getBean(LaterAnswers.class);
        properties.add(Gateway.ATTEMPTS + (retries ? "=2" : "=1"));
        gateway = Gateway.WEBFLUX.start(
                zookeeper.connectString(), new Class<?>[] {SlowKeys.class}, properties.toArray(String[]::new));
        throughGateway = WebClient.create(Gateway.url(gateway));
        servers[0].openGate();
        servers[1].openGate();
    }

    public static void main(String[] args) {
        BlockingCalls blocking = BlockingCalls.find();
        try (InProcessZooKeeper zookeeper = InProcessZooKeeper.start()) {
            for (boolean retries : new boolean[] {false, true}) {
                try (EventLoopCalls calls = new EventLoopCalls(blocking, zookeeper, retries)) {
                    calls.play(retries ? " with retries" : "");
                }
            }
        }
        System.exit(0); // Reactor's threads would keep the process for a while
    }

    private void play(String mode) {
        STRATEGIES.forEach(this::register);
        register("blocked");
        register("answers");
        List<String> strategies = mode.isEmpty() ? STRATEGIES : List.of("consistent-hash");
        for (String strategy : strategies) {
            scene("first use of " + strategy + mode, () -> get(strategy, "/gate"));
            scene("calls to " + strategy + mode, () -> get(strategy, "/gate"));
            scene(
                    "failing calls to " + strategy + mode,
                    () -> get(strategy, "/status/503").onErrorReturn("failed"));
        }
        for (String use : List.of("first use by", "calls of")) {
            scene(use + " an HTTP interface" + mode, httpInterface::gate);
            scene(use + " a gateway" + mode, () -> body(throughGateway, "/consistent-hash/gate"));
        }
        scene(
                "failing calls of a gateway" + mode,
                () -> body(throughGateway, "/consistent-hash/status/503").onErrorReturn("failed"));
        scene(
                "calls that time out" + mode,
                () -> get("consistent-hash", "/stream")
                        .timeout(Duration.ofMillis(5))
                        .onErrorReturn("late"));
        scene(
                "calls to a service that is absent" + mode,
                () -> get("absent", "/gate").onErrorReturn("none"));
        scene(
                "picks while endpoints come and go" + mode,
                () -> comeAndGo().then(get("random", "/gate")).onErrorReturn("refused"));
        scene("picks by hand" + mode, () -> picks(strategies));
        scene("first picks by hand" + mode, () -> firstPick("never-used-" + onEventLoops.incrementAndGet()));
        // a bounded pick that no call follows holds its place for a moment
        await().until(() -> STRATEGIES.stream().allMatch(service -> inFlight(service) == 0));
        System.out.println("nothing in flight at the end" + mode);
        scene("a key resolver that blocks" + mode, () -> get("blocked", "/gate"));
    }

    private int inFlight(String service) {
        CallLoads loads =
                consumer.context().getBean(ServiceEngines.class).engine(service).loads();
        return Arrays.stream(servers)
                .mapToInt(server ->
                        loads.of(Endpoint.of("127.0.0.1", server.port())).inFlight())
                .sum();
    }

    private void register(String service) {
        for (GatedServer server : servers) {
            consumer.registry()
                    .register(service, Endpoint.of("127.0.0.1", server.port()))
                    .join();
        }
    }

    private Mono<String> get(String service, String path) {
        return body(client, "http://" + service + path);
    }

    private Mono<String> body(WebClient sender, String uri) {
        return sender.get()
                .uri(uri)
                .header("user", "user-" + onEventLoops.get())
                .retrieve()
                .bodyToMono(String.class)
                .defaultIfEmpty("nothing");
    }

    private Mono<Boolean> comeAndGo() {
        Endpoint guest = Endpoint.of("127.0.0.1", 1);
        return Mono.fromFuture(() -> consumer.registry().register("random", guest))
                .then(Mono.fromFuture(() -> consumer.registry().deregister("random", guest.id())));
    }

    private Mono<String> picks(List<String> strategies) {
        ZkLoadBalancer byHand = consumer.context().getBean(ZkLoadBalancer.class);
        LoadBalancerClient blockingClient = consumer.context().getBean(LoadBalancerClient.class);
        for (String strategy : strategies) {
            if (byHand.choose(strategy, "key").isEmpty() || blockingClient.choose(strategy) == null) {
                throw new IllegalStateException("no instance of " + strategy);
            }
        }
        @SuppressWarnings("unchecked")
        ReactiveLoadBalancer.Factory<ServiceInstance> balancers =
                consumer.context().getBean(ReactiveLoadBalancer.Factory.class);
        return Mono.from(balancers.getInstance("consistent-hash").choose()).map(response -> "picked");
    }

    /** The service is not loaded yet: whoever must not wait is told so, unless the answer is there already. */
    private Mono<String> firstPick(String service) {
        try {
            return Mono.just("answered "
                    + consumer.context().getBean(ZkLoadBalancer.class).choose(service));
        } catch (NoInstanceException notLoaded) {
            return Mono.just("told why");
        }
    }

    private void scene(String name, Supplier<Mono<String>> call) {
        long answers = Flux.range(0, CALLS)
                .flatMap(i -> onEventLoop(call), AT_ONCE)
                .count()
                .blockOptional(Duration.ofSeconds(60))
                .orElseThrow();
        List<BlockingCalls.Found> found = blocking.take();
        List<String> ours = found.stream()
                .filter(BlockingCalls.Found::ours)
                .map(BlockingCalls.Found::where)
                .toList();
        ours.stream().limit(1).forEach(System.out::println);
        System.out.printf(
                "scene: %s: %d answers, blocked: %d by us, %d by Spring%n",
                name, answers, ours.size(), found.size() - ours.size());
    }

    /** A call from the thread on which Netty delivers an answer. */
    private Mono<String> onEventLoop(Supplier<Mono<String>> call) {
        return WebClient.create("http://127.0.0.1:" + servers[0].port() + "/gate")
                .get()
                .retrieve()
                .bodyToMono(String.class)
                .flatMap(answer -> {
                    if (!Schedulers.isInNonBlockingThread()) {
                        throw new IllegalStateException("not an event loop: " + Thread.currentThread());
                    }
                    onEventLoops.incrementAndGet();
                    return call.get();
                });
    }

    @Override
    public void close() {
        gateway.close();
        consumer.close();
        servers[0].close();
        servers[1].close();
    }

    /** An HTTP interface on WebClient. */
    interface LaterAnswers {

        @GetExchange("/gate")
        Mono<String> gate();
    }

    @Configuration(proxyBeanMethods = false)
    @ImportHttpServices(group = "answers", types = LaterAnswers.class, clientType = ClientType.WEB_CLIENT)
    static class HttpInterfaces {}

    @Configuration(proxyBeanMethods = false)
    static class SlowKeys {

        @Bean
        HashKeyResolver slow() {
            return request -> {
                LockSupport.parkNanos(1);
                return "key";
            };
        }
    }
}
