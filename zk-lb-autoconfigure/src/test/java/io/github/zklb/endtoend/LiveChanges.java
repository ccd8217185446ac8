package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.Patience;
import io.github.zklb.testing.Provider;
import io.github.zklb.testing.Shares;
import io.github.zklb.testing.ZooKeeperServer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;

/** Changes of registrations under a running consumer; each is to be seen in the picks within the given time. */
final class LiveChanges {

    /** A whole number of cycles for every weight that is used here. */
    private static final int PICKS = 60;

    private final String connectString;
    private final Consumer consumer;
    private final Duration bound;
    private final Map<Integer, String> names = new HashMap<>();

    private LiveChanges(String connectString, Consumer consumer, Duration bound) {
        this.connectString = connectString;
        this.consumer = consumer;
        this.bound = bound;
    }

    /** Goes through all changes on one consumer, with three providers. */
    static void areSeen(ZooKeeperServer zookeeper, Duration bound) {
        String connectString = zookeeper.connectString();
        try (Provider a = Provider.start("orders", "a", connectString, 1);
                Provider b = Provider.start("orders", "b", connectString, 1);
                Provider c = Provider.start("orders", "c", connectString, 1);
                Consumer consumer = Consumer.start(connectString)) {
            LiveChanges changes = new LiveChanges(connectString, consumer, bound);
            changes.know(a, b, c);
            assertThat(Shares.of(PICKS, () -> consumer.get("http://orders/"))).containsOnlyKeys("a", "b", "c");
            changes.ofWeight(a, b);
            changes.ofStatus(a);
            changes.thatAreGarbage(b);
            changes.ofTheFleet(c);
        }
    }

    private void know(Provider... providers) {
        for (Provider provider : providers) {
            names.put(provider.port(), provider.name());
        }
    }

    private void ofWeight(Provider a, Provider b) {
        a.updateMetadata(Map.of("weight", "0"));
        seen("weight 0 drains", shares -> !shares.containsKey("a"));
        a.updateMetadata(Map.of("weight", "4"));
        seen("a raised weight counts", shares -> shares.getOrDefault("a", 0).equals(40));
        b.updateMetadata(Map.of("weight", "heavy"));
        a.updateMetadata(Map.of("weight", "1"));
        seen(
                "a weight that is no number counts as 1",
                shares -> shares.values().stream().allMatch(Integer.valueOf(20)::equals));
    }

    private void ofStatus(Provider a) {
        a.updateMetadata(Map.of("instance_status", "OUT_OF_SERVICE"));
        seen("out of service", shares -> !shares.containsKey("a"));
        a.updateMetadata(Map.of("instance_status", "UP"));
        seen("up again", shares -> shares.containsKey("a"));
    }

    private void thatAreGarbage(Provider b) {
        b.overwrite("{\"name\":".getBytes(StandardCharsets.UTF_8));
        b.updateMetadata(Map.of("weight", "2"));
        seen("valid again", shares -> shares.getOrDefault("b", 0).equals(30));
    }

    private void ofTheFleet(Provider c) {
        c.endSession();
        seen("a provider whose session ended is gone", shares -> !shares.containsKey("c"));
        try (Provider d = Provider.start("orders", "d", connectString, 1)) {
            know(d);
            seen("an added provider", shares -> shares.containsKey(d.name()));
        }
        seen("a provider that took its leave is gone", shares -> !shares.containsKey("d"));
    }

    /** The picks show it within the bound, and then every request does. */
    private void seen(String what, Predicate<Map<String, Integer>> condition) {
        await(what)
                .pollInterval(Duration.ofMillis(10))
                .atMost(Patience.promised(bound))
                .until(() -> Shares.of(PICKS, this::pick), condition);
        assertThat(Shares.of(PICKS, () -> consumer.get("http://orders/")))
                .as(what)
                .matches(condition);
    }

    private String pick() {
        int port = consumer.choosePort("orders", null).orElseThrow();
        return names.getOrDefault(port, "?");
    }
}
