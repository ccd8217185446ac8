package io.github.zklb.springcloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.calls.CallLoad;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.Consumer.Client;
import io.github.zklb.testing.InProcessZooKeeper;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;

/** Calls on virtual threads: none holds its carrier while it waits, and the accounting is right. */
@EnabledForJreRange(min = JRE.JAVA_21)
@SuppressWarnings("NullAway") // static methods have no receiver
class VirtualThreadsTest {

    private static final int CALLS = 200;

    @TempDir
    private Path directory;

    /** A class that is loaded pins the threads that wait for it, once: so the calls are made until none is pinned. */
    @Test
    void noCallPinsItsCarrierAndEveryCallIsCounted() throws Exception {
        try (InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
                GatedServer server = new GatedServer();
                Consumer consumer = Consumer.start(
                        zookeeper.connectString(),
                        "spring.cloud.loadbalancer.retry.enabled=true",
                        "zk-lb.strategy=least-request")) {
            Endpoint endpoint = Endpoint.of("127.0.0.1", server.port());
            consumer.registry().register("orders", endpoint).join();

            server.openGate();
            AtomicInteger services = new AtomicInteger();
            await().until(() -> {
                String first = "first-" + services.incrementAndGet();
                consumer.registry().register(first, endpoint).join();
                return pinned(() -> call(consumer, "http://" + first + "/gate", server, null)).stream()
                        .noneMatch(VirtualThreadsTest::isOurs);
            });
            call(consumer, "http://orders/gate", server, null);
            CallLoad load = consumer.context()
                    .getBean(ServiceEngines.class)
                    .engine("orders")
                    .loads()
                    .of(endpoint);

            await().until(
                            () -> pinned(() -> call(consumer, "http://orders/gate", server, load)),
                            Runtime.version().feature() >= 24
                                    ? List::isEmpty
                                    // Before, whatever waits in a synchronized block is pinned.
                                    : pinned -> pinned.stream().noneMatch(VirtualThreadsTest::isOurs));
            assertThat(load.inFlight()).isZero();
        }
    }

    @Test
    void aThreadThatIsPinnedIsFound() throws Exception {
        assertThat(pinned(() -> {
                    try (Threads threads = new Threads()) {
                        threads.submit(WaitsInItsInitializer::new).get();
                    }
                }))
                .hasSize(1)
                .allMatch(VirtualThreadsTest::isOurs);
    }

    /** Many calls at once through each client; where there is a load, all of them wait at the gate for each other. */
    private static void call(Consumer consumer, String url, GatedServer server, CallLoad load) throws Exception {
        for (Client client : Client.values()) {
            if (load != null) {
                server.closeGate();
            }
            try (Threads threads = new Threads()) {
                List<Future<String>> answers = new ArrayList<>();
                for (int i = 0; i < CALLS; i++) {
                    answers.add(threads.submit(() -> consumer.get(client, url, Map.of())));
                }
                if (load != null) {
                    await().untilAsserted(() -> assertThat(load.inFlight()).isEqualTo(CALLS));
                    server.openGate();
                }
                for (Future<String> answer : answers) {
                    assertThat(answer.get(60, TimeUnit.SECONDS)).isEqualTo("through");
                }
            }
        }
    }

    private interface Action {
        void run() throws Exception;
    }

    /** The moments in which virtual threads were pinned while they waited, as the JDK's flight recorder saw them. */
    private List<RecordedEvent> pinned(Action action) throws Exception {
        Path file = directory.resolve("pinned.jfr");
        try (Recording recording = new Recording()) {
            recording
                    .enable("jdk.VirtualThreadPinned")
                    .withThreshold(Duration.ZERO)
                    .withStackTrace();
            recording.start();
            action.run();
            recording.stop();
            recording.dump(file);
        }
        List<RecordedEvent> events = RecordingFile.readAllEvents(file);
        events.stream().limit(5).forEach(System.out::println);
        return events;
    }

    private static boolean isOurs(RecordedEvent event) {
        return event.getStackTrace() != null
                && event.getStackTrace().getFrames().stream()
                        .map(frame -> frame.getMethod().getType().getName())
                        .takeWhile(name -> !name.startsWith("org.springframework.cloud.context.named."))
                        .anyMatch(name -> name.startsWith("io.github.zklb."));
    }

    private static final class WaitsInItsInitializer {
        static {
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(50));
        }
    }

    /** Virtual threads, which this is compiled without. */
    private static final class Threads implements AutoCloseable {

        private final ExecutorService executor;

        Threads() throws ReflectiveOperationException {
            executor = (ExecutorService)
                    Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
        }

        <T> Future<T> submit(Callable<T> task) {
            return executor.submit(task);
        }

        @Override
        public void close() {
            executor.shutdownNow();
        }
    }
}
