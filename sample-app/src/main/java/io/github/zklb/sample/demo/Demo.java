package io.github.zklb.sample.demo;

import io.github.zklb.sample.consumer.ConsumerApplication;
import io.github.zklb.sample.consumer.OrdersClients;
import io.github.zklb.sample.consumer.StatusPage;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.logging.LoggingSystem;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;

/** An embedded ZooKeeper, a consumer and five providers in this process, and the steps that disturb and measure them. */
public final class Demo implements AutoCloseable {

    private static final int[] WEIGHTS = {5, 3, 2, 1, 1};
    private static final String[] ZONES = {"a", "b"};
    private static final List<Step> STEPS =
            List.of(new WeightedShares(), new StickyKeys(), new LiveChanges(), new Outage());

    private final DemoSettings settings;
    private final Progress progress = new Progress(System.out);
    private final Report report = new Report();
    private final List<Provider> providers = new CopyOnWriteArrayList<>();
    private final List<SteadyLoad> loads = new CopyOnWriteArrayList<>();
    private final EmbeddedZooKeeper zookeeper;
    private volatile @Nullable ConfigurableApplicationContext consumer;
    private volatile @Nullable ConfigurableApplicationContext stockConsumer;

    /** Starts ZooKeeper. */
    public Demo(DemoSettings settings) throws Exception {
        this.settings = settings;
        LoggingSystem.get(Demo.class.getClassLoader()).beforeInitialize(); // silent until the consumer configures it
        zookeeper = new EmbeddedZooKeeper();
        progress.say("ZooKeeper runs at %s", zookeeper.address());
    }

    /**
     * Starts the consumer and the providers, plays the steps, and unless the process is to end, opens the playground.
     *
     * @param port the consumer's port, 0 for any free one
     * @param arguments command-line arguments for the consumer
     * @return the outcome
     */
    public Report run(int port, String... arguments) throws Exception {
        Playground playground = new Playground(zookeeper, providers);
        ConfigurableApplicationContext context = consumer()
                .initializers(starting ->
                        ((GenericApplicationContext) starting).registerBean(Playground.class, () -> playground))
                .properties("server.address=127.0.0.1", "server.port=" + port)
                .run(arguments);
        consumer = context;
        System.setProperty(LoggingSystem.SYSTEM_PROPERTY, LoggingSystem.NONE); // one process has one: the consumer's
        context.getBean(StatusPage.class).show(report::toString);
        progress.say("consumer runs at %s", url());
        startProviders();
        Scene scene = new Scene(
                settings,
                zookeeper,
                List.copyOf(providers),
                context.getBean(OrdersClients.class).all(),
                progress,
                report);
        scene.awaitServing(scene.providers());
        for (Step step : STEPS) {
            play(step, scene);
        }
        progress.show(System.lineSeparator() + report);
        if (!settings.exit()) {
            ConfigurableApplicationContext stock = consumer()
                    .web(WebApplicationType.NONE)
                    .properties("zk-lb.enabled=false")
                    .run(arguments);
            stockConsumer = stock;
            loads.add(new SteadyLoad("zk-lb", scene.clients()));
            loads.add(new SteadyLoad("stock", stock.getBean(OrdersClients.class).all()));
            playground.open(context, loads);
            progress.show("See it, and disturb it yourself, at " + url() + " until Ctrl-C.");
        }
        return report;
    }

    private SpringApplicationBuilder consumer() {
        return new SpringApplicationBuilder(ConsumerApplication.class)
                .registerShutdownHook(false)
                .properties("zookeeper=" + zookeeper.address());
    }

    /** Where the consumer is. */
    String url() {
        ConfigurableApplicationContext context = Objects.requireNonNull(consumer, "not started");
        return "http://localhost:" + context.getEnvironment().getProperty("local.server.port") + "/";
    }

    private void startProviders() {
        for (int i = 0; i < WEIGHTS.length; i++) {
            providers.add(new Provider("orders-" + (i + 1), WEIGHTS[i], ZONES[i % ZONES.length], zookeeper.address()));
        }
        for (Provider provider : providers) {
            provider.start();
            progress.say("%s runs at %s", provider.name(), provider.answer());
        }
    }

    private void play(Step step, Scene scene) throws InterruptedException {
        String title = step.title(settings);
        progress.say("%s", title);
        report.title(title);
        try {
            step.play(scene);
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            progress.say("    stopped: %s", String.valueOf(e.getMessage()));
            report.row("could not be finished", "", "", false);
        }
    }

    /** Shuts everything down, ZooKeeper last. */
    @Override
    public void close() {
        progress.mute();
        loads.forEach(SteadyLoad::close);
        Stream.of(consumer, stockConsumer).filter(Objects::nonNull).forEach(ConfigurableApplicationContext::close);
        providers.forEach(Provider::stop);
        zookeeper.close();
        System.clearProperty(LoggingSystem.SYSTEM_PROPERTY);
    }
}
