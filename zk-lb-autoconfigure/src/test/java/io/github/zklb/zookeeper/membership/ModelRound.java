package io.github.zklb.zookeeper.membership;

import io.github.zklb.testing.TcpProxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.zookeeper.KeeperException;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * A round of the model: some services, each with a random run of changes of its own, over one client whose connection
 * is cut, healed and broken, whose session expires, and whose server restarts, all from one seed. Ends with a quiet
 * moment in which everything published has to be what is there.
 */
final class ModelRound {

    /** What may happen in a round. */
    record Settings(int services, int steps, boolean hidesNodes, boolean restarts, boolean holds, Duration patience) {}

    private static final String[] IDS = {"a", "b", "c", "d", "e"};

    private final ZooKeeperBench bench;
    private final TcpProxy proxy;
    private final CuratorFramework client;
    private final Settings settings;
    private final long seed;
    private final Random random;
    private final List<ModelService> services = new ArrayList<>();
    private final List<String> steps = new ArrayList<>();
    private boolean cut;

    private interface Step {
        void run() throws Exception;
    }

    ModelRound(ZooKeeperBench bench, TcpProxy proxy, CuratorFramework client, Settings settings, long seed) {
        this.bench = bench;
        this.proxy = proxy;
        this.client = client;
        this.settings = settings;
        this.seed = seed;
        this.random = new Random(seed);
        for (int service = 0; service < settings.services(); service++) {
            services.add(new ModelService(bench, "model-" + Long.toHexString(seed) + "-" + service, settings.holds()));
        }
    }

    /** Runs the round; what did not come out right is told with the seed and the steps. */
    Optional<String> run(ModelSource.Factory sources) throws Exception {
        try (ModelSource source = sources.over(client)) {
            int opening = random.nextInt(settings.steps() / 2);
            for (int step = 0; step < settings.steps(); step++) {
                if (step == opening) {
                    for (ModelService service : services) {
                        service.followed();
                        source.follow(service.name, service::published);
                    }
                }
                if (random.nextInt(40) == 0) {
                    disturb();
                } else {
                    change(services.get(random.nextInt(services.size())), IDS[random.nextInt(IDS.length)]);
                }
            }
            return quiet();
        } finally {
            proxy.heal();
            for (ModelService service : services) {
                service.reveal();
                service.deleteDirectory();
            }
        }
    }

    private void change(ModelService service, String id) throws Exception {
        int chance = random.nextInt(100);
        if (settings.holds() && random.nextInt(10) == 0) {
            lose(service, id);
        } else if (chance < 55) {
            step("put " + service.name + "/" + id, () -> service.put(id));
        } else if (chance < 70) {
            step("delete " + service.name + "/" + id, () -> service.delete(id));
        } else if (chance < 85) {
            step("recreate " + service.name + "/" + id, () -> service.recreate(id));
        } else if (chance < 88) {
            step("delete " + service.name, service::deleteDirectory);
        } else if (chance < 90) {
            lose(service, id);
        } else if (chance < 94) {
            boolean deny = random.nextBoolean();
            step((deny ? "deny " : "allow ") + service.name, () -> service.deny(deny));
        } else if (settings.hidesNodes() && chance < 98) {
            step("hide " + service.name + "/" + id, () -> service.hide(id));
        } else {
            step("allow " + service.name + "/*", service::reveal);
        }
    }

    private void lose(ModelService service, String id) throws Exception {
        step("delete all of " + service.name + " but " + id, () -> service.deleteAllBut(id));
    }

    private void disturb() throws Exception {
        switch (random.nextInt(settings.restarts() ? 6 : 5)) {
            case 0, 1 -> {
                cut = !cut;
                step(cut ? "cut" : "heal", cut ? proxy::cut : proxy::heal);
            }
            case 2 -> step("break", proxy::breakConnections);
            case 3 -> step("expire", this::expire);
            case 4 -> {
                int bytes = random.nextInt(20_000);
                step("break after " + bytes, () -> proxy.cutAfterAnswerBytes(bytes));
            }
            default -> step("restart", this::restart);
        }
    }

    private void expire() throws Exception {
        try {
            bench.expire(client);
        } catch (KeeperException notConnected) {
            steps.add("(no session)");
        }
    }

    private void restart() throws Exception {
        bench.server.restart();
        Awaitility.await()
                .atMost(settings.patience())
                .ignoreExceptions()
                .until(() -> bench.provider.checkExists().forPath("/") != null);
    }

    private Optional<String> quiet() throws Exception {
        step("heal", proxy::heal);
        for (ModelService service : services) {
            if (settings.holds() && random.nextBoolean()) { // then the hold has to end
                lose(service, IDS[random.nextInt(IDS.length)]);
            }
        }
        if (random.nextBoolean()) {
            for (ModelService service : services) {
                step("allow " + service.name + "/*", service::reveal);
            }
        }
        try {
            Awaitility.await()
                    .atMost(settings.patience())
                    .pollInterval(10, TimeUnit.MILLISECONDS)
                    .until(() -> services.stream().anyMatch(ModelService::failed)
                            || services.stream()
                                    .allMatch(service -> service.difference().isEmpty()));
        } catch (ConditionTimeoutException e) {
            steps.add("(no quiet within " + settings.patience() + ")");
        }
        return services.stream()
                .sorted(Comparator.comparing(ModelService::failed).reversed())
                .flatMap(service -> service.difference().stream())
                .findFirst()
                .map(this::told);
    }

    private String told(String difference) {
        return "seed %d: %s%nsteps:%n  %s"
                .formatted(seed, difference, String.join(System.lineSeparator() + "  ", steps));
    }

    private void step(String name, Step step) throws Exception {
        steps.add(name);
        step.run();
    }
}
