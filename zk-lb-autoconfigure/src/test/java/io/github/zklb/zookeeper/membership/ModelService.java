package io.github.zklb.zookeeper.membership;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A service in ZooKeeper with the history of each of its endpoints, against which what a source publishes is held: a
 * publication has to show each endpoint as it was at some time, and not at an earlier one than the publication before.
 * An endpoint that was there all the time must not be missing. No address is ever used twice.
 */
final class ModelService {

    private static final AtomicInteger ADDRESSES = new AtomicInteger();

    final String name;
    private final ZooKeeperBench bench;
    private final boolean holds;
    private final Map<String, History> histories = new TreeMap<>();
    private final Set<String> secret = new HashSet<>();
    private final List<String> divergences = new ArrayList<>();
    private boolean exists;
    private boolean denied;
    private Map<String, String> latest = Map.of();
    private int publications;

    ModelService(ZooKeeperBench bench, String name) {
        this(bench, name, false);
    }

    /** Who holds may show an endpoint again that was left out already, as it was before. */
    ModelService(ZooKeeperBench bench, String name, boolean holds) {
        this.bench = bench;
        this.name = name;
        this.holds = holds;
    }

    /** All that an endpoint has been: its addresses, null while it was not registered. */
    private static final class History {
        private final List<@Nullable String> values = new ArrayList<>();
        private int published;
        private @Nullable String shown;

        History() {
            values.add(null);
        }

        @Nullable String now() {
            return values.get(values.size() - 1);
        }

        /** Whether the endpoint has been like this since the last publication. */
        boolean publishes(@Nullable String value) {
            for (int at = published; at < values.size(); at++) {
                String then = values.get(at);
                if (value == null ? then == null : value.equals(then)) {
                    published = at;
                    shown = value == null ? shown : value;
                    return true;
                }
            }
            return false;
        }

        /** Whether this is how the endpoint was when it was published last, before it went. */
        boolean wasBeforeItWent(@Nullable String value) {
            return value != null && values.get(published) == null && value.equals(shown);
        }
    }

    /** A source begins to follow: what was before is no excuse, but it has never read what is hidden. */
    synchronized void followed() {
        histories.values().forEach(history -> history.published = history.values.size() - 1);
        for (String id : secret) {
            String now = now(id);
            becomes(id, null);
            becomes(id, now);
        }
    }

    /** Registers the endpoint, or writes another address into it. */
    void put(String id) throws Exception {
        int number = ADDRESSES.getAndIncrement();
        String host = "10." + (number >> 16) + '.' + (number >> 8 & 255) + '.' + (number & 255);
        boolean known = now(id) != null;
        becomes(id, host + ":80");
        if (known) {
            bench.edit(name, id, ZooKeeperBench.json(id, host, 80, Map.of()));
        } else {
            bench.register(name, id, ZooKeeperBench.json(id, host, 80, Map.of()));
            exists = true;
        }
    }

    void delete(String id) throws Exception {
        if (now(id) != null) {
            becomes(id, null);
            secret.remove(id);
            bench.deregister(name, id);
        }
    }

    void recreate(String id) throws Exception {
        delete(id);
        put(id);
    }

    void deleteAllBut(String id) throws Exception {
        for (String each : List.copyOf(truth().keySet())) {
            if (!each.equals(id)) {
                delete(each);
            }
        }
    }

    void deleteDirectory() throws Exception {
        for (String id : List.copyOf(truth().keySet())) {
            delete(id);
        }
        if (exists) {
            exists = false;
            denied = false;
            bench.provider.delete().forPath(ZooKeeperBench.path(name));
        }
    }

    /** Lets only the provider list the directory, or everyone. */
    void deny(boolean deny) throws Exception {
        if (exists) {
            bench.protect(ZooKeeperBench.path(name), deny);
            denied = deny;
        }
    }

    /** Lets only the provider read an endpoint. Who has not read it before sees nothing of it. */
    void hide(String id) throws Exception {
        String now = now(id);
        if (now != null && secret.add(id)) {
            becomes(id, null);
            becomes(id, now);
            bench.protect(ZooKeeperBench.path(name, id), true);
        }
    }

    /** Lets everyone read everything. */
    void reveal() throws Exception {
        deny(false);
        for (String id : secret) {
            bench.protect(ZooKeeperBench.path(name, id), false);
        }
        secret.clear();
    }

    private synchronized void becomes(String id, @Nullable String address) {
        histories.computeIfAbsent(id, unknown -> new History()).values.add(address);
    }

    private synchronized @Nullable String now(String id) {
        History history = histories.get(id);
        return history == null ? null : history.now();
    }

    private synchronized Map<String, String> truth() {
        Map<String, String> truth = new TreeMap<>();
        histories.forEach((id, history) -> Optional.ofNullable(history.now()).ifPresent(now -> truth.put(id, now)));
        return truth;
    }

    /** What a source says now. */
    synchronized void published(Map<String, String> addresses) {
        publications++;
        latest = new TreeMap<>(addresses);
        Map<String, String> unknown = new HashMap<>(addresses);
        histories.forEach((id, history) -> {
            String value = unknown.remove(id);
            if (!history.publishes(value) && !(holds && history.wasBeforeItWent(value))) {
                divergences.add("%s/%s was published as %s after %s of %s"
                        .formatted(name, id, value, history.values.get(history.published), history.values));
            }
        });
        if (!unknown.isEmpty()) {
            divergences.add(name + " has no " + unknown);
        }
    }

    /** Why what was published is not what is there, in a quiet moment; empty if it is. */
    synchronized Optional<String> difference() {
        if (!divergences.isEmpty()) {
            return Optional.of(divergences.get(0));
        }
        Map<String, String> truth = truth();
        Map<String, String> said = new TreeMap<>(latest);
        truth.keySet().removeAll(secret);
        said.keySet().removeAll(secret);
        return denied || truth.equals(said)
                ? Optional.empty()
                : Optional.of("%s is %s, but %s was published".formatted(name, truth, said));
    }

    /** Whether a publication was wrong already, which no later one makes good. */
    synchronized boolean failed() {
        return !divergences.isEmpty();
    }

    /** How often something was published. */
    synchronized int publications() {
        return publications;
    }

    /** Whether what was published last shows the endpoint as it is. */
    synchronized boolean shows(String id) {
        String published = latest.get(id);
        return published != null && published.equals(now(id));
    }
}
