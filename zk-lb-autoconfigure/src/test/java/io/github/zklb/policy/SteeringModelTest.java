package io.github.zklb.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.policy.KnownOverlays.Overview;
import io.github.zklb.policy.OverlayNode.Counting;
import io.github.zklb.policy.OverlayNode.Version;
import io.github.zklb.traffic.Serving;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Overlays against a model of them, on random overlays, fleets, held endpoints and clocks: at a client, at another one that knows the
 * same, and at a third whose connection comes and goes. {@code -Dzklb.overlays.runs=5000} runs more of them
 * than the ordinary build does, {@code -Dzklb.overlays.seed=N} others.
 */
class SteeringModelTest {

    private static final int RUNS = Integer.getInteger("zklb.overlays.runs", 60);
    private static final long SEED = Long.getLong("zklb.overlays.seed", System.nanoTime());
    private static final int STEPS = 60;
    private static final int MAX_RATIO = 1_000_000;
    private static final OverlaySettings SETTINGS = new OverlaySettings(true, Duration.ofHours(1), 50);

    @Test
    void overlaysDoWhatTheyAreToDoWhateverHappens() {
        int applied = 0;
        int refused = 0;
        int ended = 0;
        int missed = 0;
        for (int run = 0; run < RUNS; run++) {
            World world = new World(SEED + run);
            try {
                for (int step = 0; step < STEPS; step++) {
                    world.change();
                    world.check();
                }
                world.passTheTimeOfAll();
                world.check();
                assertThat(world.one.steering.applied()).isEmpty();
            } catch (RuntimeException | Error e) {
                throw new AssertionError("seed " + (SEED + run), e);
            }
            applied += world.applied;
            refused += world.refused;
            ended += world.one.ended;
            missed += world.missed;
        }
        System.out.printf(
                "overlays: %d runs from seed %d: %d times one was applied, %d refused, %d ended, %d times a client had no connection%n",
                RUNS, SEED, applied, refused, ended, missed);
        assertThat(applied).isGreaterThan(RUNS);
        assertThat(refused).isGreaterThan(RUNS);
        assertThat(ended).isGreaterThan(RUNS);
        assertThat(missed).isGreaterThan(RUNS);
    }

    /** What ZooKeeper and the hold say. */
    private record Sight(List<OverlayNode> nodes, List<Endpoint> fleet, Set<Endpoint> held) {

        /** Those that an overlay must leave something of: what is held counts only where nothing else serves. */
        List<Endpoint> serving() {
            List<Endpoint> serving = fleet.stream().filter(Serving::serves).toList();
            List<Endpoint> registered =
                    serving.stream().filter(each -> !held.contains(each)).toList();
            return registered.isEmpty() ? serving : registered;
        }
    }

    /** What one client knows, and what it is to know. */
    private static final class Client {

        private final KnownOverlays known = new KnownOverlays(warning -> {});
        private final Map<Version, Long> ends = new HashMap<>();
        private final Map<String, OverlayNode> lastValid = new HashMap<>();
        private Overview overview = Overview.NONE;
        private Steering steering = Steering.NONE;
        private Set<Version> before = Set.of();
        private int ended;

        void step(Sight sight, Instant clock, long nanos) {
            before = Set.copyOf(steering.applied().keySet());
            overview = known.step(sight.nodes, SETTINGS, "shop", clock, nanos);
            Steering.Situation situation =
                    new Steering.Situation(each -> !sight.held.contains(each), "zone", MAX_RATIO);
            steering = Steering.of(HostSet.of(sight.fleet), situation, overview.counting(), SETTINGS, steering);
        }

        /** Which contents count, told in the simplest way. */
        private Set<Version> counting(List<OverlayNode> nodes, Instant clock, long nanos) {
            Map<String, OverlayNode> there = new HashMap<>();
            nodes.forEach(each -> there.put(each.id(), each));
            lastValid.keySet().retainAll(there.keySet());
            there.forEach((id, node) -> {
                lastValid.computeIfPresent(id, (same, last) -> last.created() == node.created() ? last : null);
                if (node.content() instanceof Overlay overlay
                        && !overlay.expires().isAfter(node.writtenAt().plus(SETTINGS.maxTtl()))) {
                    lastValid.put(id, node);
                    Instant now = clock.isAfter(node.writtenAt()) ? clock : node.writtenAt();
                    ends.putIfAbsent(
                            node.contentVersion(),
                            nanos + Duration.between(now, overlay.expires()).toNanos());
                }
            });
            ended += (int) lastValid.values().stream()
                    .filter(each -> isOver(each, nanos))
                    .count();
            return lastValid.values().stream()
                    .filter(each -> !isOver(each, nanos) && overlay(each).isFor("shop"))
                    .map(OverlayNode::contentVersion)
                    .collect(Collectors.toSet());
        }

        private boolean isOver(OverlayNode node, long nanos) {
            return Objects.requireNonNull(ends.get(node.contentVersion())) <= nanos;
        }

        private static Overlay overlay(OverlayNode node) {
            return (Overlay) node.content();
        }

        void check(Sight sight, Instant clock, long nanos) {
            assertThat(versions(overview.counting())).isEqualTo(counting(sight.nodes, clock, nanos));
            List<Counting> in = List.copyOf(steering.applied().values());
            for (Endpoint each : sight.fleet) {
                int percent = percent(each, in);
                assertThat(steering.drains(each)).isEqualTo(percent == 0);
                double weight = percent == 0 ? each.weight() : each.weight() * percent / 100.0;
                assertThat(steering.result(each)).isEqualTo(each.withWeight(weight));
            }
            List<Endpoint> serving = sight.serving();
            if (!serving.isEmpty()) {
                assertThat(serving).as("what is left").anyMatch(each -> percent(each, in) > 0);
            }
            List<Counting> were = in.stream()
                    .filter(each -> before.contains(each.node().contentVersion()))
                    .toList();
            boolean overridden = in.stream().anyMatch(each -> each.overlay().overrideCap());
            if (!overridden && drained(serving, in) > SETTINGS.maxDrainedPercent() + 1e-9) {
                assertThat(drained(serving, in))
                        .as("what new ones drain above the cap")
                        .isLessThanOrEqualTo(drained(serving, were) + 1e-9);
            }
            List<Counting> wouldStay = overview.counting().stream()
                    .filter(each -> before.contains(each.node().contentVersion()))
                    .toList();
            if (!in.containsAll(wouldStay)) {
                assertThat(serving)
                        .as("what would serve if nothing were lifted")
                        .isNotEmpty()
                        .noneMatch(each -> percent(each, wouldStay) > 0);
            }
        }
    }

    private static final class World {

        private final Random random;
        private final Map<String, OverlayNode> nodes = new TreeMap<>();
        private final Map<Integer, Endpoint> fleet = new TreeMap<>();
        private final Set<Integer> held = new HashSet<>();
        private final boolean clockIsSet;
        private final Client one = new Client();
        private final Client other = new Client();
        private final Client away = new Client();
        private Sight lastSight = new Sight(List.of(), List.of(), Set.of());
        private boolean connected = true;
        private Instant zooKeepersClock = Instant.parse("2027-01-01T00:00:00Z");
        private Duration offset;
        private long nanos;
        private long zxid = 100;
        private int applied;
        private int refused;
        private int missed;

        World(long seed) {
            random = new Random(seed);
            nanos = random.nextLong();
            clockIsSet = random.nextBoolean();
            offset = Duration.ofMillis(random.nextInt(clockIsSet ? -90_000 : 0, 90_000));
            for (int i = random.nextInt(1, 10); i > 0; i--) {
                join();
            }
        }

        void change() {
            for (int i = random.nextInt(1, 4); i > 0; i--) {
                switch (random.nextInt(10)) {
                    case 0, 1, 2 -> write();
                    case 3 ->
                        nodes.keySet().stream()
                                .skip(random.nextInt(nodes.size() + 1))
                                .findFirst()
                                .ifPresent(nodes::remove);
                    case 4 -> join();
                    case 5 ->
                        fleet.keySet().stream()
                                .skip(random.nextInt(fleet.size() + 1))
                                .findFirst()
                                .ifPresent(fleet::remove);
                    case 6 -> pass(Duration.ofSeconds(random.nextInt(1, 1_200)));
                    case 7 -> {
                        int number = random.nextInt(12);
                        if (!held.remove(number)) {
                            held.add(number); // it loses its registration, and is served all the same
                        }
                    }
                    case 8 -> connected = !connected;
                    default ->
                        offset = clockIsSet ? Duration.ofMinutes(random.nextInt(-120, 3)) : offset; // by somebody
                }
            }
        }

        void passTheTimeOfAll() {
            pass(SETTINGS.maxTtl().multipliedBy(3));
            offset = Duration.ofDays(-1);
        }

        private void pass(Duration time) {
            zooKeepersClock = zooKeepersClock.plus(time);
            nanos += time.toNanos();
        }

        private void join() {
            int number = random.nextInt(12);
            Map<String, String> metadata =
                    new TreeMap<>(Map.of("zone", "z" + random.nextInt(3), "version", "" + random.nextInt(3)));
            if (random.nextInt(6) == 0) {
                metadata.put(Serving.STATUS_KEY, "OUT_OF_SERVICE");
            }
            double weight = random.nextInt(5) == 0 ? 0 : random.nextInt(1, 400) / 100.0;
            fleet.put(number, new Endpoint("id-" + random.nextInt(3), "10.0.0." + number, 80, false, weight, metadata));
        }

        private void write() {
            boolean ofAll = random.nextInt(4) == 0;
            String name = "o" + random.nextInt(5);
            OverlayNode last = nodes.get((ofAll ? "_all/" : "") + name);
            zxid++;
            OverlayNode.Content content = random.nextInt(8) == 0 ? new OverlayNode.Invalid("garbage") : overlay();
            OverlayNode next =
                    new OverlayNode(ofAll, name, last == null ? zxid : last.created(), zxid, zooKeepersClock, content);
            nodes.put(next.id(), next);
        }

        private Overlay overlay() {
            Overlay.Target target = switch (random.nextInt(5)) {
                case 0 -> new Overlay.InZone("z" + random.nextInt(3));
                case 1 -> new Overlay.WithMetadata(Map.of("version", "" + random.nextInt(3)));
                case 2 -> new Overlay.WholeService();
                case 3 -> new Overlay.AtAddress("10.0.0." + random.nextInt(12) + ":80", "id-" + random.nextInt(3));
                default -> new Overlay.AtAddress("10.0.0." + random.nextInt(12) + ":80", null);
            };
            boolean drain = random.nextInt(3) == 0;
            return new Overlay(
                    target,
                    drain && random.nextBoolean() ? null : Integer.valueOf(random.nextInt(21) * 10),
                    drain,
                    Map.of(),
                    zooKeepersClock.plusSeconds(random.nextInt(-60, 4_000)), // some are to last too long
                    null,
                    null,
                    random.nextInt(6) == 0 ? Set.of("desk") : Set.of(),
                    random.nextInt(8) == 0);
        }

        void check() {
            Instant clock = zooKeepersClock.plus(offset);
            List<Endpoint> hosts = new ArrayList<>(fleet.values());
            Set<Endpoint> heldNow = fleet.entrySet().stream()
                    .filter(each -> held.contains(each.getKey()))
                    .map(Map.Entry::getValue)
                    .collect(Collectors.toSet());
            Sight sight = new Sight(List.copyOf(nodes.values()), hosts, heldNow);
            one.step(sight, clock, nanos);
            one.check(sight, clock, nanos);
            applied += one.steering.applied().size();
            refused += one.steering.refused().size();
            Steering result = one.steering;
            one.step(sight, clock, nanos);
            assertThat(one.steering).as("what is worked in once more").isEqualTo(result);
            List<OverlayNode> shuffled = new ArrayList<>(nodes.values());
            List<Endpoint> shuffledHosts = new ArrayList<>(hosts);
            Collections.shuffle(shuffled, random);
            Collections.shuffle(shuffledHosts, random);
            other.step(new Sight(shuffled, shuffledHosts, heldNow), clock, nanos);
            assertThat(other.steering).as("what another client makes of it").isEqualTo(result);
            checkWithConnectionsThatCome(sight, clock);
        }

        /** Who has no connection goes by what it saw last, while time passes; with one again, it agrees on what it can know. */
        private void checkWithConnectionsThatCome(Sight sight, Instant clock) {
            missed += connected ? 0 : 1;
            lastSight = connected ? sight : lastSight;
            away.step(lastSight, clock, nanos);
            away.check(lastSight, clock, nanos);
            if (connected && !clockIsSet) {
                assertThat(valid(away)).as("what counts once it is connected").isEqualTo(valid(one));
            }
        }

        /** What counts of what the nodes say now; what they said before only those know who have seen it. */
        private Set<Version> valid(Client client) {
            Set<Version> now =
                    nodes.values().stream().map(OverlayNode::contentVersion).collect(Collectors.toSet());
            return versions(client.overview.counting()).stream()
                    .filter(now::contains)
                    .collect(Collectors.toSet());
        }
    }

    private static Set<Version> versions(List<Counting> overlays) {
        return overlays.stream().map(each -> each.node().contentVersion()).collect(Collectors.toSet());
    }

    private static double drained(List<Endpoint> serving, List<Counting> overlays) {
        double all = serving.stream().mapToDouble(Endpoint::weight).sum();
        return serving.stream()
                        .mapToDouble(each -> each.weight() * Math.max(0, 100 - percent(each, overlays)))
                        .sum()
                / all;
    }

    private static int percent(Endpoint endpoint, List<Counting> overlays) {
        List<Counting> about = overlays.stream()
                .filter(each -> each.overlay().target().matches(endpoint, "zone"))
                .toList();
        if (about.stream().anyMatch(each -> each.overlay().drain())) {
            return 0;
        }
        Optional<Counting> last = about.stream()
                .filter(each -> each.overlay().weightPercent() != null)
                .max(Comparator.<Counting>comparingInt(each -> each.node().ofAll()
                                ? 0
                                : each.overlay().target().level())
                        .thenComparingLong(each -> each.node().modified()));
        return last.map(each -> Objects.requireNonNull(each.overlay().weightPercent()))
                .orElse(100);
    }
}
