package io.github.zklb.sample.demo;

import io.github.zklb.sample.provider.ProviderApplication;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.x.discovery.ServiceDiscovery;
import org.apache.curator.x.discovery.ServiceInstance;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.web.server.WebServer;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.cloud.zookeeper.discovery.ZookeeperInstance;
import org.springframework.cloud.zookeeper.serviceregistry.ZookeeperRegistration;
import org.springframework.context.ConfigurableApplicationContext;

/** One provider: its own application context, Tomcat and ZooKeeper session. It keeps its port over a restart. */
final class Provider {

    /** How long ZooKeeper keeps the session of a provider that crashed. */
    private static final Duration SESSION = Duration.ofSeconds(5);

    private static final Duration SLOW = Duration.ofMillis(300);

    private final String name;
    private final int weight;
    private final String zone;
    private final String zookeeper;
    private volatile @Nullable ConfigurableApplicationContext context;
    private volatile String answer = "";
    private volatile int currentWeight;
    private volatile boolean running;
    private volatile boolean slow;
    private int port;

    Provider(String name, int weight, String zone, String zookeeper) {
        this.name = name;
        this.weight = weight;
        this.zone = zone;
        this.zookeeper = zookeeper;
    }

    String name() {
        return name;
    }

    int weight() {
        return weight;
    }

    /** The weight that is registered now. */
    int currentWeight() {
        return currentWeight;
    }

    /** Starts the provider and returns when it is registered. */
    void start() {
        ConfigurableApplicationContext started = new SpringApplicationBuilder(ProviderApplication.class)
                .registerShutdownHook(false)
                .profiles("provider")
                .run(
                        "--zookeeper=" + zookeeper,
                        "--weight=" + weight,
                        "--zone=" + zone,
                        "--server.port=" + port,
                        "--server.address=127.0.0.1",
                        "--spring.cloud.zookeeper.discovery.instance-ip-address=127.0.0.1");
        port = started.getBean(ZookeeperRegistration.class).getPort();
        answer = started.getBean(ProviderApplication.class).answer();
        context = started;
        currentWeight = weight;
        slow = false;
        running = true;
    }

    /**
     * Ends as a process that is killed does: connections are refused at once, while the registration stays until ZooKeeper
     * ends the session.
     */
    void crash() {
        running = false;
        CuratorFramework session = bean(CuratorFramework.class);
        CompletableFuture.delayedExecutor(SESSION.toSeconds(), TimeUnit.SECONDS).execute(session::close);
        webServer().stop();
    }

    private WebServer webServer() {
        WebServerApplicationContext running = (WebServerApplicationContext) Objects.requireNonNull(context);
        return Objects.requireNonNull(running.getWebServer());
    }

    /** Answers late from now on, or as usual. */
    void setSlow(boolean slow) {
        bean(ProviderApplication.class).setDelay(slow ? SLOW : Duration.ZERO);
        this.slow = slow;
    }

    boolean slow() {
        return slow;
    }

    /** Whether it answers requests. */
    boolean running() {
        return running;
    }

    /** Host and port, as registered. */
    String address() {
        return "127.0.0.1:" + port;
    }

    /** Ends the ZooKeeper session without a goodbye. HTTP still answers, so that late requests are seen. */
    void kill() {
        bean(CuratorFramework.class).close();
    }

    /** Shuts the application down. It does not deregister: that would wait for ZooKeeper, which may be stopped. */
    void stop() {
        ConfigurableApplicationContext running = context;
        if (running != null && running.isActive()) {
            kill();
            running.close();
        }
    }

    /** Registers another weight, as a rollout script would: it sets the data of the provider's znode. */
    @SuppressWarnings("unchecked")
    void setWeight(int newWeight) throws Exception {
        ServiceInstance<ZookeeperInstance> instance =
                bean(ZookeeperRegistration.class).getServiceInstance();
        instance.getPayload().getMetadata().put("weight", Integer.toString(newWeight));
        bean(ServiceDiscovery.class).updateService(instance);
        currentWeight = newWeight;
    }

    /** Whether the provider has a connection to ZooKeeper. */
    boolean connected() {
        return bean(CuratorFramework.class).getZookeeperClient().isConnected();
    }

    /** What the provider answers to a request; the same after a restart. */
    String answer() {
        return answer;
    }

    private <T> T bean(Class<T> type) {
        return Objects.requireNonNull(context, "not started").getBean(type);
    }

    @Override
    public String toString() {
        return name;
    }
}
