package io.github.zklb.engine.probes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.engine.probes.Probes.Verdict;
import io.github.zklb.testing.BlackHole;
import io.github.zklb.testing.FreePorts;
import io.github.zklb.testing.VanishingServer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real connections to sockets of this machine. */
class TcpProbesTest {

    private final TcpProbes probes = new TcpProbes(Duration.ofMillis(500));

    @AfterEach
    void close() {
        probes.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "localhost"})
    void whoeverListensIsConnected(String host) throws Exception {
        try (ServerSocket listener = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            assertThat(verdict(host, listener.getLocalPort())).isEqualTo(Verdict.CONNECTED);
            assertThat(listener.accept().getInputStream().read()).isEqualTo(-1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "localhost"})
    void whereNobodyListensItIsRefused(String host) {
        assertThat(verdict(host, FreePorts.next())).isEqualTo(Verdict.REFUSED);
    }

    @Test
    void whatDoesNotAnswerTimesOut() throws Exception {
        try (BlackHole hole = BlackHole.open()) {
            assertThat(verdict("127.0.0.1", hole.port())).isEqualTo(Verdict.TIMED_OUT);
        }
    }

    /** The system sends it again after a second. */
    @Test
    void aLostFirstPacketIsSentAgain() throws Exception {
        assumeThat(VanishingServer.systemTellsWhoWaits()).isTrue();
        try (TcpProbes patient = new TcpProbes(Duration.ofSeconds(30));
                VanishingServer server = VanishingServer.start("lossy")) {
            server.vanish();
            CompletableFuture<Verdict> verdict = new CompletableFuture<>();
            patient.probe(Endpoint.of("127.0.0.1", server.port()), Duration.ZERO, verdict::complete);
            await().until(server::isAwaited);
            server.comeBack();
            assertThat(verdict.get(30, TimeUnit.SECONDS)).isEqualTo(Verdict.CONNECTED);
        }
    }

    @Test
    void aNameThatIsNotFoundIsLocalTrouble() {
        assertThat(verdict("nobody.invalid", 80)).isEqualTo(Verdict.LOCAL_TROUBLE);
    }

    @Test
    void anAddressThatThisHostMayNotUseIsLocalTrouble() {
        assertThat(verdict("255.255.255.255", 80)).isEqualTo(Verdict.LOCAL_TROUBLE);
    }

    @Test
    void manyAtOnceAllEnd() throws Exception {
        List<CompletableFuture<Verdict>> refused = new ArrayList<>();
        int port = FreePorts.next();
        for (int probe = 0; probe < 1_000; probe++) {
            refused.add(begin("127.0.0.1", port, Duration.ofMillis(probe % 10)));
        }
        for (CompletableFuture<Verdict> each : refused) {
            assertThat(each.get(30, TimeUnit.SECONDS)).isEqualTo(Verdict.REFUSED);
        }
    }

    @Test
    void silentOnesKeepFewOthersWaiting() throws Exception {
        try (BlackHole hole = BlackHole.open();
                ServerSocket listener = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            List<Verdict> order = new CopyOnWriteArrayList<>();
            for (int probe = 0; probe < 100; probe++) {
                begin("127.0.0.1", hole.port(), Duration.ZERO).thenAccept(order::add);
            }
            begin("127.0.0.1", listener.getLocalPort(), Duration.ZERO).thenAccept(order::add);
            await().until(() -> order.size() == 101);
            assertThat(order.get(0)).isEqualTo(Verdict.CONNECTED);
            assertThat(order.subList(1, 101)).containsOnly(Verdict.TIMED_OUT);
        }
    }

    @Test
    void closedTheyTellNothingAndLeaveNoThread() throws Exception {
        try (BlackHole hole = BlackHole.open()) {
            CompletableFuture<Verdict> open = begin("127.0.0.1", hole.port(), Duration.ZERO);
            await().until(() -> threads() > 0);
            probes.close();
            await().until(() -> threads() == 0);
            assertThat(open).isNotDone();
        }
    }

    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("zk-lb-probe"))
                .count();
    }

    private Verdict verdict(String host, int port) {
        return begin(host, port, Duration.ZERO).orTimeout(30, TimeUnit.SECONDS).join();
    }

    private CompletableFuture<Verdict> begin(String host, int port, Duration delay) {
        CompletableFuture<Verdict> verdict = new CompletableFuture<>();
        probes.probe(Endpoint.of(host, port), delay, verdict::complete);
        return verdict;
    }
}
