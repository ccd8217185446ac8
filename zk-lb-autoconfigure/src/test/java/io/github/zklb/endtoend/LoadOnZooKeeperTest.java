package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.TestServers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryOneTime;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.springframework.cloud.client.discovery.event.InstanceRegisteredEvent;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;

/**
 * What applications that call one service of 1,000 endpoints cost ZooKeeper, side by side in one run, on demand:
 * {@code -Dzklb.measure=true}, for {@code -Dzklb.measure.minutes=N} each in a steady state and with one change a minute.
 * Counted at the server, pings included. Prints a table.
 */
@EnabledIfSystemProperty(named = "zklb.measure", matches = "true", disabledReason = "measured on demand only")
class LoadOnZooKeeperTest {

    private static final int ENDPOINTS = 1_000;
    private static final long MINUTES = Long.getLong("zklb.measure.minutes", 3);
    private static final Duration REQUEST_EACH = Duration.ofMillis(50);

    @Test
    void besideStock() throws Exception {
        try (InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
                CuratorFramework providers =
                        CuratorFrameworkFactory.newClient(zookeeper.connectString(), new RetryOneTime(100))) {
            DisposableServer server = serve();
            ScheduledExecutorService traffic = Executors.newScheduledThreadPool(4);
            providers.start();
            for (int i = 0; i < ENDPOINTS; i++) {
                providers.create().creatingParentsIfNeeded().forPath(path(i), json(i, server.port(), 1));
            }
            try (Application stock =
                            new Application("stock, registers itself", zookeeper, true, "zk-lb.enabled=false");
                    Application stockOnly =
                            new Application("stock, consumer only", zookeeper, false, "zk-lb.enabled=false");
                    Application ours = new Application("zk-lb, registers itself", zookeeper, true);
                    Application oursOnly = new Application(
                            "zk-lb, whole-tree-watch: false",
                            zookeeper,
                            true,
                            "zk-lb.zookeeper.whole-tree-watch=false")) {
                List<Application> all = List.of(stock, stockOnly, ours, oursOnly);
                all.forEach(each -> each.call(traffic));
                awaitMinute(all);
                List<double[]> figures = new ArrayList<>();
                all.forEach(each -> figures.add(new double[] {each.received(), 0, 0}));
                all.forEach(Application::mark);
                for (long minute = 0; minute < MINUTES; minute++) {
                    awaitMinute(all);
                }
                for (int i = 0; i < all.size(); i++) {
                    figures.get(i)[1] = all.get(i).sinceMark() / (double) MINUTES;
                }
                all.forEach(Application::mark);
                for (long minute = 0; minute < MINUTES; minute++) {
                    providers.setData().forPath(path(500), json(500, server.port(), 2 + (int) minute));
                    awaitMinute(all);
                }
                for (int i = 0; i < all.size(); i++) {
                    figures.get(i)[2] = all.get(i).sinceMark() / (double) MINUTES;
                }
                System.out.printf(
                        "| | first minute | a minute, steady | a minute with one change | HTTP requests, failed |%n");
                for (int i = 0; i < all.size(); i++) {
                    double[] figure = figures.get(i);
                    System.out.printf(
                            "| %s | %,.0f | %,.0f | %,.0f | %d, %d |%n",
                            all.get(i).name,
                            figure[0],
                            figure[1],
                            figure[2],
                            all.get(i).requests.get(),
                            all.get(i).failures.get());
                }
                System.out.println(zookeeper.ask("wchs"));
                assertThat(oursOnly.failures).hasValue(0);
            } finally {
                traffic.shutdownNow();
                server.disposeNow();
            }
        }
    }

    /** One server stands for all: each endpoint has an address of its own on the loopback interface. */
    private static DisposableServer serve() {
        return TestServers.create()
                .host("0.0.0.0")
                .port(0)
                .handle((request, response) -> response.sendString(Mono.just("ok")))
                .bindNow();
    }

    private static void awaitMinute(List<Application> all) {
        long end = System.nanoTime() + TimeUnit.MINUTES.toNanos(1);
        Awaitility.await()
                .pollInterval(Duration.ofSeconds(1))
                .atMost(Duration.ofMinutes(2))
                .until(() -> System.nanoTime() - end >= 0);
        all.forEach(each -> assertThat(each.requests.get()).isPositive());
    }

    private static String path(int endpoint) {
        return "/services/orders/n" + endpoint;
    }

    private static byte[] json(int endpoint, int port, int weight) {
        String address = "127.0." + (1 + endpoint / 250) + "." + (1 + endpoint % 250);
        return """
                {"name":"orders","id":"n%d","address":"%s","port":%d,"sslPort":null,\
                "payload":{"@class":"org.springframework.cloud.zookeeper.discovery.ZookeeperInstance",\
                "id":"application-1","name":"orders","metadata":{"instance_status":"UP","weight":"%d"}},\
                "registrationTimeUTC":1795413600000,"serviceType":"DYNAMIC",\
                "uriSpec":{"parts":[{"value":"scheme","variable":true},{"value":"://","variable":false},\
                {"value":"address","variable":true},{"value":":","variable":false},{"value":"port","variable":true}]}}""".formatted(endpoint, address, port, weight).getBytes(StandardCharsets.UTF_8);
    }

    /** A consumer with traffic. */
    private static final class Application implements AutoCloseable {

        private final String name;
        private final InProcessZooKeeper zookeeper;
        private final Consumer consumer;
        private final Pattern session;
        private final AtomicLong requests = new AtomicLong();
        private final AtomicLong failures = new AtomicLong();
        private long marked;

        Application(String name, InProcessZooKeeper zookeeper, boolean registers, String... properties)
                throws Exception {
            this.name = name;
            this.zookeeper = zookeeper;
            this.consumer = Consumer.start(zookeeper.connectString(), properties);
            if (registers) {
                // Spring Cloud Zookeeper begins to watch all services when the application has registered itself.
                consumer.context().publishEvent(new InstanceRegisteredEvent<>(this, "registered"));
            }
            long id = consumer.context()
                    .getBean(CuratorFramework.class)
                    .getZookeeperClient()
                    .getZooKeeper()
                    .getSessionId();
            this.session = Pattern.compile("recved=(\\d+),sent=\\d+,sid=0x" + Long.toHexString(id) + ",");
        }

        void call(ScheduledExecutorService traffic) {
            var unused =
                    traffic.scheduleWithFixedDelay(this::request, 0, REQUEST_EACH.toMillis(), TimeUnit.MILLISECONDS);
        }

        private void request() {
            requests.incrementAndGet();
            try {
                consumer.get("http://orders/");
            } catch (RuntimeException e) {
                failures.incrementAndGet();
            }
        }

        void mark() {
            marked = received();
        }

        long sinceMark() {
            return received() - marked;
        }

        /** How many packets the server has received from this application. */
        long received() {
            Matcher matcher = session.matcher(zookeeper.ask("cons"));
            assertThat(matcher.find()).as("the session of %s", name).isTrue();
            return Long.parseLong(matcher.group(1));
        }

        @Override
        public void close() {
            consumer.close();
        }
    }
}
