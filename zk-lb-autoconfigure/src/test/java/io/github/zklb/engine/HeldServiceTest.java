package io.github.zklb.engine;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Reason;
import io.github.zklb.membership.FedMembership;
import io.github.zklb.membership.Membership;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.policy.Steering;
import io.github.zklb.testing.BlackHole;
import io.github.zklb.testing.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Services that lose registrations, with real connections to what lives, what refuses, and what is silent. */
@Execution(ExecutionMode.CONCURRENT)
class HeldServiceTest {

    private final Map<String, FedMembership> registries =
            new HashMap<>(Map.of("orders", new FedMembership("orders"), "billing", new FedMembership("billing")));
    private final List<AutoCloseable> opened = new ArrayList<>();
    private final ServiceEngines engines =
            FedEngines.of(id -> Objects.requireNonNull(registries.get(id)).membership(), HeldServiceTest::settings);
    private final ServiceEngine orders = engines.engine("orders");
    private final ServiceEngine billing = engines.engine("billing");

    private static EngineSettings settings() {
        return DefaultSettings.of(EngineSettings.Source.ZOOKEEPER, "round-robin");
    }

    @AfterEach
    void close() throws Exception {
        engines.close();
        for (AutoCloseable each : opened) {
            each.close();
        }
    }

    @Test
    void aScaleDownWhoseGoneOnesAreSilentCostsNoCall() throws Exception {
        List<Endpoint> left = alive(2);
        List<Endpoint> gone = silent(8);
        register("orders", left, gone);
        register("orders", left);
        assertThat(known().state()).isEqualTo(State.HELD);
        await().until(() -> {
            assertThat(picked()).isEqualTo(addresses(left));
            answer(orders, left.get(0));
            return known().hosts().size() == 2;
        });
        assertThat(orders.snapshots().count(Reason.HELD_GONE)).isEqualTo(8);
        assertThat(orders.snapshots().published().digest())
                .as("what this client's probes have found")
                .isEqualTo(Digest.of(HostSet.of(left), Steering.NONE, orders.settings()));
    }

    @Test
    void aWholeNewSetOfInstancesIsNotJoinedByTheOldOnes() throws Exception {
        List<Endpoint> old = alive(10);
        List<Endpoint> next = alive(4);
        register("orders", old);
        register("orders", next);
        assertThat(known().state()).isEqualTo(State.HELD);
        for (int i = 0; i < old.size(); i++) {
            ((ServerSocket) opened.get(i)).accept().close(); // a probe's
        }
        await().during(Duration.ofMillis(300)).until(() -> picked().equals(addresses(next)));
    }

    @Test
    void aServiceWithoutAnyRegistrationIsServedUntilItStopsAnsweringOrNewOnesCome() throws Exception {
        List<Endpoint> all = alive(3);
        register("orders", all);
        register("orders");
        assertThat(known().state()).isEqualTo(State.HELD);
        await().until(() -> picked().equals(addresses(all)));
        opened.get(0).close();
        requireNonNull(orders.start(all.get(0).address())).end(new java.net.ConnectException("Connection refused"));
        answer(orders, all.get(1));
        await().until(() -> known().hosts().size() == 2);
        await().until(() -> picked().equals(addresses(all.subList(1, 3))));
        List<Endpoint> next = alive(2);
        register("orders", next);
        await().until(() -> known().state() == State.SYNCED);
        assertThat(picked()).isEqualTo(addresses(next));
    }

    @Test
    void whatCountsIsWhatServes() throws Exception {
        List<Endpoint> serving = alive(3);
        List<Endpoint> drained =
                alive(4).stream().map(each -> each.withWeight(0)).toList();
        register("orders", serving, drained);
        register("orders", drained);
        assertThat(known().state()).isEqualTo(State.HELD);
        await().until(() -> picked().equals(addresses(serving)));
    }

    @Test
    void whoIsAliveServesAsBeforeAndWhoRefusesLeaves() throws Exception {
        List<Endpoint> left = alive(1);
        List<Endpoint> alive = alive(2);
        List<Endpoint> dead =
                List.of(Endpoint.of("127.0.0.1", FreePorts.next()), Endpoint.of("localhost", FreePorts.next()));
        register("orders", left, alive, dead);
        register("orders", left);
        Set<String> all = new HashSet<>(addresses(left));
        all.addAll(addresses(alive));
        await().until(() -> picked().equals(all) && known().hosts().size() == 3);
        assertThat(orders.snapshots().count(Reason.HELD)).isEqualTo(2);
        assertThat(orders.snapshots().count(Reason.HELD_GONE)).isEqualTo(2);
    }

    @Test
    void aProxyThatAcceptsForADeadOneIsFoundOutByItsFirstAnswer() throws Exception {
        List<Endpoint> left = alive(1);
        List<Endpoint> behindProxies = alive(3);
        register("orders", left, behindProxies);
        register("orders", left);
        await().until(() -> picked().size() == 4);
        behindProxies.forEach(
                each -> Objects.requireNonNull(orders.start(each.address())).end(503));
        await().until(() -> picked().equals(addresses(left)));
        assertThat(orders.snapshots().count(Reason.HELD_DEMOTED)).isEqualTo(3);
        assertThat(orders.known()).extracting(each -> each.hosts().size()).isEqualTo(4);
    }

    @Test
    void anAddressThatComesToAnotherServiceLeaves() throws Exception {
        List<Endpoint> all = alive(3);
        register("orders", all);
        register("orders");
        await().until(() -> picked().size() == 3);
        register("billing", all.subList(2, 3));
        await().until(() -> picked().equals(addresses(all.subList(0, 2))));
    }

    @Test
    void theCallersOwnCutNetworkCostsTheListNothing() throws Exception {
        List<Endpoint> all = silent(3);
        List<Endpoint> others = alive(1);
        register("billing", others);
        register("orders", all);
        register("orders");
        await().until(() -> orders.snapshots().count(Reason.HELD_DEMOTED) == 3);
        await().during(Duration.ofSeconds(4)).until(() -> picked().equals(addresses(all)));
        answer(billing, others.get(0));
        await().until(() -> picked().isEmpty());
        assertThat(orders.noInstance(PickContext.NONE)).contains("none is registered");
    }

    @Test
    void whatAnEarlierProcessStoredIsHeldAtTheStart() throws Exception {
        List<Endpoint> left = alive(1);
        List<Endpoint> alive = alive(2);
        List<Endpoint> dead = List.of(Endpoint.of("127.0.0.1", FreePorts.next()));
        Instant confirmed = Instant.now().minusSeconds(300);
        store(confirmed, left, alive, dead);
        register("orders", left);
        Set<String> all = addresses(left);
        all.addAll(addresses(alive));
        await().until(() -> picked().equals(all) && known().hosts().size() == 3);
        assertThat(known().state()).isEqualTo(State.HELD);
        assertThat(known().since()).isEqualTo(confirmed);
        assertThat(registries.get("orders"))
                .extracting(each -> each.membership().served())
                .as("what a later process is to know")
                .isEqualTo(known());
    }

    @Test
    void whatWasConfirmedMoreThanTenMinutesAgoIsNotHeldWhileSomethingServes() throws Exception {
        List<Endpoint> left = alive(1);
        store(Instant.now().minusSeconds(601), left, alive(3));
        register("orders", left);
        assertThat(known().state()).isEqualTo(State.SYNCED);
        assertThat(picked()).isEqualTo(addresses(left));
    }

    @Test
    void whereNothingServesItIsHeldForAsLongAsAHoldMayLast() throws Exception {
        List<Endpoint> all = alive(3);
        store(Instant.now().minusSeconds(1_800), all);
        register("orders");
        assertThat(known().state()).isEqualTo(State.HELD);
        await().until(() -> picked().equals(addresses(all)));
    }

    @Test
    void whatWasStoredBeforeTheClockWasPutBackIsNotHeld() throws Exception {
        store(Instant.now().plusSeconds(600), alive(3));
        register("orders");
        assertThat(known().state()).isEqualTo(State.SYNCED);
        assertThat(picked()).isEmpty();
    }

    @Test
    void whatWasStoredLongAgoIsNotHeld() throws Exception {
        store(Instant.now().minus(settings().hold().maxDuration()), alive(3));
        register("orders");
        assertThat(known().state()).isEqualTo(State.SYNCED);
        assertThat(picked()).isEmpty();
    }

    @Test
    void aWholeNewSetIsNotJoinedByWhatWasStored() throws Exception {
        List<Endpoint> old = alive(10);
        List<Endpoint> next = alive(4);
        store(Instant.now(), old);
        register("orders", next);
        assertThat(known().state()).isEqualTo(State.HELD);
        for (int i = 0; i < old.size(); i++) {
            ((ServerSocket) opened.get(i)).accept().close(); // a probe's
        }
        await().during(Duration.ofMillis(300)).until(() -> picked().equals(addresses(next)));
    }

    @Test
    void whatNobodyCallsIsForgottenWhileTheRegistryIsSilent() {
        registries.put("tenant", new FedMembership("tenant"));
        engines.forgetUnused(Duration.ofMillis(50), id -> () -> {});
        engines.engine("tenant");
        await().until(() -> engines.inUse("tenant") == null);
        assertThat(engines.engine("tenant").isForgotten()).isFalse();
    }

    private List<Endpoint> alive(int count) throws IOException {
        List<Endpoint> endpoints = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
            listener.setSoTimeout(30_000);
            opened.add(listener);
            endpoints.add(Endpoint.of("127.0.0.1", listener.getLocalPort()));
        }
        return endpoints;
    }

    private List<Endpoint> silent(int count) throws IOException {
        List<Endpoint> endpoints = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            BlackHole hole = BlackHole.open();
            opened.add(hole);
            endpoints.add(Endpoint.of("127.0.0.1", hole.port()));
        }
        return endpoints;
    }

    @SafeVarargs
    private void store(Instant confirmed, List<Endpoint>... endpoints) {
        Objects.requireNonNull(registries.get("orders"))
                .restore(HostSet.of(Stream.of(endpoints).flatMap(List::stream).toList()), confirmed);
    }

    @SafeVarargs
    private void register(String service, List<Endpoint>... endpoints) {
        ServiceEngine engine = engines.engine(service);
        FedMembership registry = Objects.requireNonNull(registries.get(service));
        registry.publish(HostSet.of(Stream.of(endpoints).flatMap(List::stream).toList()));
        await().until(() -> engine.snapshot() != null
                && engine.snapshot().membership().version()
                        == registry.membership().current().version());
    }

    private Membership known() {
        return Objects.requireNonNull(orders.known());
    }

    private static void answer(ServiceEngine engine, Endpoint endpoint) {
        Objects.requireNonNull(engine.start(endpoint.address())).end(200);
    }

    /** Where requests go at present. */
    private Set<String> picked() {
        Set<String> picked = new HashSet<>();
        for (int i = 0; i < 100; i++) {
            Endpoint endpoint = Objects.requireNonNull(orders.snapshot()).pick(PickContext.NONE);
            if (endpoint != null) {
                picked.add(endpoint.address());
            }
        }
        return picked;
    }

    private static Set<String> addresses(List<Endpoint> endpoints) {
        Set<String> addresses = new HashSet<>();
        endpoints.forEach(each -> addresses.add(each.address()));
        return addresses;
    }
}
