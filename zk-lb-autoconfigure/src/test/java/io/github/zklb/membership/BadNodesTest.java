package io.github.zklb.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.codec.AllowList;
import io.github.zklb.codec.CodecFuzz;
import io.github.zklb.membership.Reading.Content;
import io.github.zklb.membership.Reading.DirectoryVersion;
import io.github.zklb.membership.Reading.Listed;
import io.github.zklb.membership.Reading.Node;
import io.github.zklb.zookeeper.membership.ZooKeeperBench;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * One node of a hundred that registers nothing. {@code -Dzklb.fuzz.payloads=10000000} tries more of them than the ordinary
 * build does, {@code -Dzklb.fuzz.seed=N} others.
 */
class BadNodesTest {

    private static final int RUNS = Integer.getInteger("zklb.fuzz.payloads", 100_000) / 1_000;
    private static final long SEED = Long.getLong("zklb.fuzz.seed", System.nanoTime());

    @Test
    void oneBadOneAmongAHundredLeavesNinetyNine() {
        CodecFuzz fuzz = new CodecFuzz(SEED);
        for (int run = 0; run < RUNS; run++) {
            byte[] bad = fuzz.content();
            if (CodecFuzz.check(bad)) {
                bad = new byte[] {'{'};
            }
            assertThat(served(bad)).as("seed %d, run %d", SEED, run).isEqualTo(99);
        }
    }

    @ParameterizedTest
    @MethodSource("hostile")
    void aHostileOneAmongAHundredLeavesNinetyNine(String content) {
        assertThat(served(content.getBytes(StandardCharsets.UTF_8))).isEqualTo(99);
    }

    static String[] hostile() {
        String many = "\"k%d\":\"v\",";
        StringBuilder keys = new StringBuilder();
        for (int key = 0; key < 100_000; key++) {
            keys.append(many.formatted(key));
        }
        return new String[] {
            "",
            "null",
            "{\"address\":\"a@b\",\"port\":80}",
            "{\"address\":\"h/p?q\",\"port\":80}",
            "{\"address\":\"h\",\"port\":80,\"payload\":{\"metadata\":{" + keys + "\"x\":1}}}",
            "[".repeat(60_000),
            "{\"a\":".repeat(10_000),
            "{\"address\":\"h\",\"port\":" + "9".repeat(10_000) + "}",
            "{\"address\":\"h\\r\\nSet-Cookie: x\",\"port\":80}",
            "{\"address\":\"h\\u001b[2J\",\"port\":80}"
        };
    }

    private static long served(byte[] bad) {
        Map<String, Node> nodes = new HashMap<>();
        for (int node = 0; node < 99; node++) {
            byte[] good = ZooKeeperBench.json("n" + node, "10.0.0." + node, 80, Map.of());
            nodes.put("n" + node, new Content(1, 1, () -> good));
        }
        nodes.put("bad", new Content(1, 1, () -> bad));
        Listed listed = new Listed(new DirectoryVersion(1, 1), Optional.empty(), nodes.keySet(), nodes);
        return Registrations.NONE.take(listed, AllowList.EVERYTHING, remark -> {}).byId().values().stream()
                .filter(registration -> registration.endpoint() != null)
                .count();
    }
}
