package io.github.zklb.springcloud.suppliers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Reason;
import io.github.zklb.Strategy;
import io.github.zklb.StrategyContext;
import io.github.zklb.StrategyFactory;
import io.github.zklb.calls.CountedCall;
import io.github.zklb.engine.DefaultSettings;
import io.github.zklb.engine.EngineSettings;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.membership.FedMembership;
import io.github.zklb.policy.Overlay;
import io.github.zklb.policy.OverlayNode;
import io.github.zklb.policy.OverlaySource;
import io.github.zklb.springcloud.ZkServiceInstance;
import io.github.zklb.strategy.StrategyCatalogue;
import io.github.zklb.traffic.Route;
import io.github.zklb.traffic.Route.Group;
import io.github.zklb.traffic.Route.Otherwise;
import io.github.zklb.traffic.ZoneSettings;
import io.github.zklb.traffic.ZoneSettings.Mode;
import java.net.ConnectException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.cloud.client.ServiceInstance;

/** Picks from lists of suppliers, with all that an engine knows of their members. */
class ListPickersTest {

    private static final Map<String, String> TWO = Map.of("version", "2");

    /** Two of version 1 and two of version 2, one of each in each of two zones. */
    private static final HostSet ORDERS = HostSet.of(IntStream.range(0, 4)
            .mapToObj(i -> Endpoint.of("10.0.0." + i, 80)
                    .withMetadata(Map.of("version", String.valueOf(1 + i / 2), "zone", i % 2 == 0 ? "a" : "b")))
            .toList());

    private final FedMembership orders = new FedMembership("orders");

    private ServiceEngines engines(EngineSettings settings, StrategyFactory... custom) {
        return new ServiceEngines(
                id -> orders.membership(),
                new StrategyCatalogue(List.of(custom)),
                id -> settings,
                any -> {},
                ZkServiceInstance.View::of);
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void aGroupThatIsEjectedGivesItsRequestsToTheBase(Mode mode) {
        EngineSettings plain = DefaultSettings.of(EngineSettings.Source.ZOOKEEPER, "weighted");
        EngineSettings settings = DefaultSettings.with(
                plain,
                Map.of(
                        "routes",
                        List.of(new Route("two", List.of(), TWO, List.of(), List.of(), Otherwise.BASE)),
                        "zone",
                        new ZoneSettings(mode, "a", "zone", Map.of("a", 1.0, "b", 1.0), 2)));
        try (ServiceEngines engines = engines(settings)) {
            ServiceEngine engine = engines.engine("orders");
            orders.publish(ORDERS);
            await().until(() -> engine.snapshot() != null);
            for (int number : new int[] {2, 3}) {
                for (int failures = 0; failures < 5; failures++) {
                    call(engine, number).end(new ConnectException("refused by a test"));
                    call(engine, 0).succeeded();
                }
            }
            await().until(() -> engine.snapshots().count(Reason.EJECTED) == 2);
            ListPickers pickers = new ListPickers(engine, false);
            List<ServiceInstance> list =
                    ZkServiceInstance.View.of("orders", ORDERS).instances();
            for (int i = 0; i < 20; i++) {
                ServiceInstance picked = pickers.pick(list, PickContext.NONE, new Group("two", TWO, Otherwise.BASE));
                assertThat(Objects.requireNonNull(picked).getMetadata()).containsEntry("version", "1");
            }
        }
    }

    /** A list is all that its requests may have. */
    @Test
    void whatIsDrainedGetsRequestsOnlyFromAListThatHasNothingElse() {
        EngineSettings settings = DefaultSettings.of(EngineSettings.Source.ZOOKEEPER, "weighted");
        List<OverlayNode> drains = IntStream.range(0, 2)
                .mapToObj(i -> new OverlayNode(
                        false,
                        "drain-" + i,
                        1 + i,
                        1 + i,
                        Instant.now(),
                        new Overlay(
                                new Overlay.AtAddress(ORDERS.get(i).address(), null),
                                null,
                                true,
                                Map.of(),
                                Instant.now().plusSeconds(600),
                                null,
                                null,
                                Set.of(),
                                false)))
                .toList();
        OverlaySource operators = new OverlaySource() {

            @Override
            public String application() {
                return "shop";
            }

            @Override
            public Watched watch(String serviceId, Runnable changed) {
                return () -> drains;
            }
        };
        try (ServiceEngines engines = engines(settings)) {
            engines.steeredBy(operators, (id, layers) -> settings);
            ServiceEngine engine = engines.engine("orders");
            orders.publish(ORDERS);
            await().until(() -> engine.snapshots().count(Reason.OVERLAY_DRAINED) == 2);
            ListPickers pickers = new ListPickers(engine, false);
            List<ServiceInstance> all =
                    ZkServiceInstance.View.of("orders", ORDERS).instances();
            assertThat(picked(pickers, all)).isEqualTo(Set.of("10.0.0.2", "10.0.0.3"));
            assertThat(picked(pickers, all.subList(1, 3))).isEqualTo(Set.of("10.0.0.2"));
            assertThat(picked(pickers, all.subList(0, 2))).isEqualTo(Set.of("10.0.0.0", "10.0.0.1"));
        }
    }

    private static Set<String> picked(ListPickers pickers, List<ServiceInstance> list) {
        return IntStream.range(0, 20)
                .mapToObj(i -> Objects.requireNonNull(pickers.pick(list, PickContext.NONE, null))
                        .getHost())
                .collect(Collectors.toSet());
    }

    private static CountedCall call(ServiceEngine engine, int number) {
        return Objects.requireNonNull(engine.start(ORDERS.get(number).address()));
    }

    /** With and without groups. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aListKeepsFromAnEndpointFromTheCallOnThatShowedItToFail(boolean grouped) {
        ReentrantLock building = new ReentrantLock();
        List<Route> routes = List.of(new Route("two", List.of(), TWO, List.of(), List.of(), Otherwise.BASE));
        EngineSettings settings = DefaultSettings.with(
                DefaultSettings.of(EngineSettings.Source.ZOOKEEPER, "first"),
                Map.of("routes", grouped ? routes : List.of()));
        try (ServiceEngines engines = engines(settings, new FirstUntried(building))) {
            ServiceEngine engine = engines.engine("orders");
            orders.publish(ORDERS);
            await().until(() -> engine.snapshot() != null);
            ListPickers pickers = new ListPickers(engine, false);
            List<ServiceInstance> list =
                    ZkServiceInstance.View.of("orders", ORDERS).instances();
            Group group = grouped ? new Group("two", TWO, Otherwise.BASE) : null;
            int first = grouped ? 2 : 0;
            assertThat(pickers.pick(list, PickContext.NONE, group)).isSameAs(list.get(first));
            building.lock(); // nobody makes another picker
            try {
                for (int failures = 0; failures < 5; failures++) {
                    call(engine, first).end(new ConnectException("refused by a test"));
                    call(engine, first + 1).succeeded();
                }
                assertThat(pickers.pick(list, PickContext.NONE, group)).isSameAs(list.get(first + 1));
            } finally {
                building.unlock();
            }
        }
    }

    /** The first endpoint that the request has not tried, if any. */
    private record FirstUntried(ReentrantLock building) implements StrategyFactory {

        @Override
        public String name() {
            return "first";
        }

        @Override
        public Strategy create(StrategyContext context) {
            return hosts -> {
                building.lock();
                try {
                    return request -> hosts.endpoints().stream()
                            .filter(each -> !request.tried().contains(each))
                            .findFirst()
                            .orElse(null);
                } finally {
                    building.unlock();
                }
            };
        }
    }
}
