package io.github.zklb.sample.demo;

import jakarta.servlet.http.HttpServletRequest;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.context.environment.EnvironmentChangeEvent;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.core.env.MapPropertySource;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.ModelAttribute;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/**
 * The buttons of the sample's page: what they do to the providers and to ZooKeeper, and what comes of it. Only a browser on
 * this machine may press them, and only from the sample's own page: another site's cannot send JSON here, nor read what is
 * sent under a host name of its own.
 */
@RestController
@RequestMapping("/play")
final class Playground {

    private static final int MOST_PROVIDERS = 9;
    private static final int HIGHEST_WEIGHT = 20;
    private static final String STRATEGY = "zk-lb.services.orders.strategy";
    private static final String ALGORITHM = "zk-lb.services.orders.consistent-hash.algorithm";
    private static final Set<String> HOSTS = Set.of("localhost", "127.0.0.1", "[::1]");

    private final EmbeddedZooKeeper zookeeper;
    private final List<Provider> providers;
    private final Map<String, Object> properties = new ConcurrentHashMap<>();
    private volatile @Nullable ConfigurableApplicationContext consumer;
    private volatile List<SteadyLoad> loads = List.of();

    enum Action {
        KILL,
        START,
        SLOW,
        FAST,
        WEIGH,
        ADD,
        STOP_ZOOKEEPER,
        START_ZOOKEEPER,
        STRATEGY,
        ALGORITHM
    }

    /** A button that was pressed, with what it is about. */
    record Command(
            Action action,
            @Nullable String provider,
            @Nullable Integer weight,
            @Nullable String strategy,
            @Nullable String algorithm) {}

    record ProviderState(String name, String address, String answer, int weight, boolean running, boolean slow) {}

    /** How everything is now. */
    record State(
            boolean zookeeper,
            @Nullable String strategy,
            String algorithm,
            boolean full,
            List<ProviderState> providers,
            List<SteadyLoad.Figures> loads) {}

    /** Buttons for these, which do nothing before {@link #open}. */
    Playground(EmbeddedZooKeeper zookeeper, List<Provider> providers) {
        this.zookeeper = zookeeper;
        this.providers = providers;
    }

    /** Lets the buttons be pressed, and shows these loads. */
    void open(ConfigurableApplicationContext consumer, List<SteadyLoad> loads) {
        consumer.getEnvironment().getPropertySources().addFirst(new MapPropertySource("playground", properties));
        this.loads = loads;
        this.consumer = consumer;
    }

    @ModelAttribute
    void check(HttpServletRequest request) throws Exception {
        String host = String.valueOf(request.getHeader("Host")).replaceFirst(":\\d+$", "");
        if (!HOSTS.contains(host)
                || !InetAddress.getByName(request.getRemoteAddr()).isLoopbackAddress()) {
            throw new ResponseStatusException(HttpStatus.FORBIDDEN);
        }
    }

    @GetMapping
    State state() {
        return new State(
                zookeeper.running(),
                opened().getEnvironment().getProperty(STRATEGY),
                opened().getEnvironment().getProperty(ALGORITHM, "ring"),
                providers.size() >= MOST_PROVIDERS,
                providers.stream()
                        .map(each -> new ProviderState(
                                each.name(),
                                each.address(),
                                each.answer(),
                                each.currentWeight(),
                                each.running(),
                                each.slow()))
                        .toList(),
                loads.stream().map(SteadyLoad::figures).toList());
    }

    @PostMapping(consumes = MediaType.APPLICATION_JSON_VALUE)
    synchronized State press(@RequestBody Command command) throws Exception {
        ConfigurableApplicationContext context = opened();
        switch (command.action()) {
            case KILL -> running(command).crash();
            case SLOW -> running(command).setSlow(true);
            case FAST -> running(command).setSlow(false);
            case WEIGH -> weigh(running(command), command.weight());
            case START -> {
                Provider provider = provider(command);
                require(zookeeper.running() && !provider.running(), "it runs, or ZooKeeper does not");
                provider.stop();
                provider.start();
            }
            case ADD -> {
                require(zookeeper.running() && providers.size() < MOST_PROVIDERS, "there are enough, or no ZooKeeper");
                Provider added = new Provider("orders-" + (providers.size() + 1), 1, "b", zookeeper.address());
                added.start();
                providers.add(added);
            }
            case STOP_ZOOKEEPER -> zookeeper.stop();
            case START_ZOOKEEPER -> {
                require(!zookeeper.running(), "it runs");
                zookeeper.restart();
            }
            case STRATEGY -> set(context, STRATEGY, command.strategy());
            case ALGORITHM -> set(context, ALGORITHM, command.algorithm());
        }
        return state();
    }

    private void set(ConfigurableApplicationContext context, String property, @Nullable String value) {
        properties.put(property, String.valueOf(value));
        context.publishEvent(new EnvironmentChangeEvent(context, Set.of(property)));
    }

    private void weigh(Provider provider, @Nullable Integer weight) throws Exception {
        int wanted = weight == null ? -1 : weight;
        require(wanted >= 0 && wanted <= HIGHEST_WEIGHT, "a weight is 0 to " + HIGHEST_WEIGHT);
        require(zookeeper.running(), "ZooKeeper does not run");
        provider.setWeight(wanted);
    }

    private Provider running(Command command) {
        Provider provider = provider(command);
        require(provider.running(), "it does not run");
        return provider;
    }

    private Provider provider(Command command) {
        return find(() -> providers.stream()
                .filter(each -> each.name().equals(command.provider()))
                .findFirst()
                .orElse(null));
    }

    private ConfigurableApplicationContext opened() {
        return find(() -> consumer);
    }

    private static <T> T find(Supplier<@Nullable T> supplier) {
        T found = supplier.get();
        if (found == null) {
            throw new ResponseStatusException(HttpStatus.NOT_FOUND);
        }
        return found;
    }

    private static void require(boolean condition, String otherwise) {
        if (!condition) {
            throw new ResponseStatusException(HttpStatus.CONFLICT, otherwise);
        }
    }
}
