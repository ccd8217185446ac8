package io.github.zklb.springcloud;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.engine.DefaultSettings;
import io.github.zklb.engine.EngineSettings;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.springcloud.ClientExchange.NoInstanceResponse;
import io.github.zklb.strategy.ConsistentHashSettings;
import io.github.zklb.strategy.StrategySettings;
import io.github.zklb.traffic.Route;
import io.github.zklb.traffic.Route.Group;
import io.github.zklb.traffic.Route.Otherwise;
import io.github.zklb.traffic.SlowStartSettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.DefaultRequest;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.Response;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/** A choice is a pick for each who subscribes to it, at the time when he does. */
class ChoiceTest {

    private final FedEngine fed =
            new FedEngine(FedEngine.settings("round-robin", Duration.ofSeconds(5), SlowStartSettings.DEFAULTS));
    private final Mono<Response<ServiceInstance>> choice = fed.balancer.choose(new DefaultRequest<>());

    @BeforeEach
    void publish() {
        fed.publish(hosts(1, 2, 3));
    }

    @AfterEach
    void close() {
        fed.close();
    }

    @Test
    void eachSubscriptionPicks() {
        assertThat(List.of(
                        port(choice.toFuture().join()),
                        port(choice.toFuture().join()),
                        port(choice.toFuture().join())))
                .containsExactlyInAnyOrder(1, 2, 3);
        assertThat(choice.repeat(2).map(ChoiceTest::port).collectList().block()).containsExactlyInAnyOrder(1, 2, 3);
    }

    @Test
    void soDoesEachWhoBlocks() {
        assertThat(List.of(port(choice.block()), port(choice.block()), port(choice.block())))
                .containsExactlyInAnyOrder(1, 2, 3);
    }

    @Test
    void itIsTheSameOnAnEventLoop() {
        Mono<List<Integer>> blocked =
                Mono.fromCallable(() -> List.of(port(choice.block()), port(choice.block()), port(choice.block())));
        assertThat(blocked.subscribeOn(Schedulers.parallel()).block()).containsExactlyInAnyOrder(1, 2, 3);
        Mono<List<Integer>> subscribed =
                choice.repeat(2).map(ChoiceTest::port).collectList().subscribeOn(Schedulers.parallel());
        assertThat(subscribed.block()).containsExactlyInAnyOrder(1, 2, 3);
    }

    @Test
    void whatIsThereWhenSomebodySubscribesCounts() {
        fed.publish(hosts(4));
        assertThat(port(choice.block())).isEqualTo(4);
        fed.publish(hosts(5));
        assertThat(port(choice.toFuture().join())).isEqualTo(5);
    }

    /** The first snapshot comes after the request has looked for it, and before it has found out that it must wait. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aFirstSnapshotThatComesInBetweenIsPickedFrom(boolean blocks) {
        try (FedEngine late =
                new FedEngine(FedEngine.settings("round-robin", Duration.ofSeconds(5), SlowStartSettings.DEFAULTS))) {
            ZkReactorLoadBalancer.Lists lists = new ZkReactorLoadBalancer.Lists() {

                @Override
                public ServiceEngine engine() {
                    return late.engine;
                }

                @Override
                public boolean areTheSnapshots() {
                    return true;
                }

                @Override
                public boolean standOnSnapshots() {
                    late.publish(hosts(4));
                    return true;
                }

                @Override
                public Mono<Response<ServiceInstance>> choose(
                        Request<?> request, PickContext context, @Nullable Group group) {
                    return Mono.just(new NoInstanceResponse(late.engine.noInstance(context)));
                }
            };
            Mono<Response<ServiceInstance>> first = new ZkReactorLoadBalancer(
                            () -> lists, new KeySources(name -> request -> null), true)
                    .choose(new DefaultRequest<>());
            assertThat(port(blocks ? first.block() : first.toFuture().join())).isEqualTo(4);
        }
    }

    @Test
    void eachIsNamedWithItsReasonsButNeverTheKeyWhereSomebodyWantsToKnow() {
        assertThat(linesOf(() -> {
                    fed.publish(hosts(4));
                    choice.block();
                    fed.balancer.choose(new DefaultRequest<>(), "secret").block();
                }))
                .containsExactly(
                        "service orders: picked 127.0.0.1:4 (tier 0, SERVING) by round-robin, without a key, 0 tried before",
                        "service orders: picked 127.0.0.1:4 (tier 0, SERVING) by round-robin, with a key, 0 tried before");
    }

    @Test
    void theLineSaysWhoHasPassedAKeyOnAndToWhichGroupARequestBelongsAndWhyThereIsNoInstance() {
        ConsistentHashSettings bounded = new ConsistentHashSettings(
                ConsistentHashSettings.Algorithm.RING,
                160,
                null,
                1.0,
                ConsistentHashSettings.Identity.ADDRESS,
                ConsistentHashSettings.FAIL);
        Route canary = new Route("canary", List.of(), Map.of("version", "2"), List.of(), List.of(), Otherwise.BASE);
        EngineSettings plain = FedEngine.settings("weighted", Duration.ZERO, SlowStartSettings.DEFAULTS)
                .with("consistent-hash", new StrategySettings(bounded));
        try (FedEngine keyed = new FedEngine(plain)) {
            keyed.publish(hosts(4, 5));
            Response<ServiceInstance> first =
                    keyed.balancer.choose(new DefaultRequest<>(), "secret").block();
            int other = port(first) == 4 ? 5 : 4;
            for (int i = 0; i < 20; i++) {
                keyed.engine.start("127.0.0.1:" + port(first));
            }
            assertThat(linesOf(() -> {
                        keyed.balancer.choose(new DefaultRequest<>(), "secret").block();
                        keyed.balancer.choose(new DefaultRequest<>()).block();
                        keyed.retune(DefaultSettings.with(plain, Map.of("routes", List.of(canary))));
                        keyed.balancer.choose(new DefaultRequest<>(), "secret").block();
                    }))
                    .satisfiesExactly(
                            full -> assertThat(full)
                                    .isEqualTo("service orders: picked 127.0.0.1:" + other
                                            + " (tier 0, SERVING) by consistent-hash, with a key, 0 tried before,"
                                            + " passed on by 127.0.0.1:" + port(first) + " (FULL)"),
                            none -> assertThat(none)
                                    .startsWith(
                                            "service orders: picked no instance by consistent-hash, without a key,"
                                                    + " 0 tried before: the request to service orders has no hash key in any of"),
                            routed -> assertThat(routed)
                                    .contains("0 tried before, outside of the group {version=2} of route canary"));
        }
    }

    /** What the balancer's log says at DEBUG, and only then. */
    private List<String> linesOf(Runnable choices) {
        Logger logger = (Logger) LoggerFactory.getLogger(ZkReactorLoadBalancer.class);
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        logger.addAppender(lines);
        try {
            choice.block();
            logger.setLevel(Level.DEBUG);
            choices.run();
        } finally {
            logger.setLevel(null);
            logger.detachAppender(lines);
        }
        return lines.list.stream().map(ILoggingEvent::getFormattedMessage).toList();
    }

    private static int port(@Nullable Response<ServiceInstance> answer) {
        return Objects.requireNonNull(Objects.requireNonNull(answer).getServer())
                .getPort();
    }

    private static HostSet hosts(int... ports) {
        return HostSet.of(IntStream.of(ports)
                .mapToObj(port -> Endpoint.of("127.0.0.1", port))
                .toList());
    }
}
