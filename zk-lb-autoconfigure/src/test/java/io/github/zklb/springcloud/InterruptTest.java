package io.github.zklb.springcloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.calls.CountedCall;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.membership.MembershipSettings;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.zookeeper.NoZooKeeperException;
import io.github.zklb.zookeeper.membership.ZooKeeperMemberships;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryOneTime;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClient;
import reactor.util.context.Context;

/** A thread that is interrupted while it picks, waits for the first load or starts: it still is afterwards. */
@Timeout(240) // none waits for the first load
class InterruptTest {

    private static final int PICKS = 20_000;
    private static final String[] PATIENT = {Consumer.WITHOUT_WAITING, "zk-lb.membership.first-load-timeout=5m"};

    private final InProcessZooKeeper zookeeper = InProcessZooKeeper.prepare();

    @AfterEach
    void forgetTheInterrupt() {
        Thread.interrupted();
        zookeeper.close();
    }

    @Test
    void anInterruptedThreadOpensAServiceAndPicks() {
        zookeeper.restart();
        try (Consumer consumer = Consumer.start(zookeeper.connectString())) {
            consumer.registry().register("orders", Endpoint.of("127.0.0.1", 80)).join();
            ZkLoadBalancer balancers = consumer.context().getBean(ZkLoadBalancer.class);
            LoadBalancerClient client = consumer.context().getBean(LoadBalancerClient.class);

            Thread.currentThread().interrupt();
            ServiceEngine engine =
                    consumer.context().getBean(ServiceEngines.class).engine("orders");
            assertThat(Thread.interrupted()).isTrue();
            await().until(() -> engine.snapshot() != null);

            Thread.currentThread().interrupt();
            assertThat(balancers.choose("orders", "key")).isPresent();
            assertThat(client.choose("orders")).isNotNull();
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void anInterruptEndsTheWaitForTheFirstLoadOfThatCallerAlone() throws Exception {
        try (Consumer consumer = Consumer.start(zookeeper.connectString(), PATIENT)) {
            ZkLoadBalancer balancers = consumer.context().getBean(ZkLoadBalancer.class);
            LoadBalancerClient client = consumer.context().getBean(LoadBalancerClient.class);
            CompletableFuture<?> patient = CompletableFuture.supplyAsync(() -> balancers.choose("orders", null));

            assertThat(interruptedWhileItWaits(() -> balancers.choose("orders", null)))
                    .isTrue();
            assertThat(interruptedWhileItWaits(() -> client.choose("orders"))).isTrue();
            assertThat(patient).isNotDone();

            zookeeper.restart();
            consumer.registry().register("orders", Endpoint.of("127.0.0.1", 80)).join();
            assertThat(patient).succeedsWithin(Duration.ofSeconds(30));
            await().until(() -> balancers.choose("orders", null).isPresent());
        }
    }

    /** Whether the thread that does it ends with an exception and is still interrupted then. */
    private static boolean interruptedWhileItWaits(Supplier<?> wait) throws InterruptedException {
        AtomicReference<Boolean> interrupted = new AtomicReference<>();
        Thread waiting = new Thread(() -> {
            assertThatThrownBy(wait::get).hasRootCauseInstanceOf(InterruptedException.class);
            interrupted.set(Thread.currentThread().isInterrupted());
        });
        waiting.start();
        await().until(() -> waiting.getState() == Thread.State.WAITING);
        waiting.interrupt();
        waiting.join();
        return Boolean.TRUE.equals(interrupted.get());
    }

    @Test
    void aStartThatIsInterruptedWhileItWaitsForZooKeeperEndsAndSaysSo() throws Exception {
        AtomicReference<Throwable> failure = new AtomicReference<>();
        AtomicReference<Boolean> interrupted = new AtomicReference<>();
        try (CuratorFramework client =
                        CuratorFrameworkFactory.newClient(zookeeper.connectString(), new RetryOneTime(100));
                ZooKeeperMemberships memberships =
                        new ZooKeeperMemberships(client, id -> "/" + id, id -> MembershipSettings.DEFAULTS)) {
            client.start();
            Thread starting = new Thread(() -> {
                failure.set(catchThrowable(() -> memberships.requireAnswer(Duration.ofMinutes(10))));
                interrupted.set(Thread.currentThread().isInterrupted());
            });
            starting.start();
            await().until(() -> waitsForAnAnswer(starting));
            starting.interrupt();
            starting.join();
        }
        assertThat(failure.get())
                .isInstanceOf(NoZooKeeperException.class)
                .hasMessageContaining("interrupted")
                .hasMessageNotContaining("did not answer");
        assertThat(interrupted).hasValue(true);
    }

    private static boolean waitsForAnAnswer(Thread starting) {
        for (StackTraceElement frame : starting.getStackTrace()) {
            if (frame.getClassName().endsWith(".AnswerCheck")) {
                return true;
            }
        }
        return false;
    }

    @Test
    void noPickFailsAndNoCountStaysWhileThreadsAreInterrupted() throws Exception {
        zookeeper.restart();
        try (Consumer consumer = Consumer.start(zookeeper.connectString(), "zk-lb.strategy=least-request")) {
            for (int port = 1; port <= 3; port++) {
                consumer.registry()
                        .register("orders", Endpoint.of("127.0.0.1", port))
                        .join();
            }
            ZkLoadBalancer balancers = consumer.context().getBean(ZkLoadBalancer.class);
            await().until(() -> balancers.choose("orders", null).isPresent());
            ClientCalls calls = consumer.context().getBean(ClientCalls.class);
            AtomicInteger picked = new AtomicInteger();
            Thread picking = new Thread(() -> {
                for (int i = 0; i < PICKS; i++) {
                    balancers.choose("orders", null).ifPresent(instance -> {
                        CountedCall call =
                                calls.start("orders", instance.getHost() + ':' + instance.getPort(), Context.empty());
                        if (call != null) {
                            call.end(200);
                            picked.incrementAndGet();
                        }
                    });
                }
            });
            picking.start();
            while (picking.isAlive()) {
                picking.interrupt();
                consumer.registry().register("orders", Endpoint.of("127.0.0.1", 4));
                consumer.registry()
                        .deregister("orders", Endpoint.of("127.0.0.1", 4).id());
            }
            assertThat(picked.get()).isGreaterThan(PICKS / 2);
            assertThat(consumer.context()
                            .getBean(ServiceEngines.class)
                            .engine("orders")
                            .loads()
                            .inFlight())
                    .isZero();
        }
    }
}
