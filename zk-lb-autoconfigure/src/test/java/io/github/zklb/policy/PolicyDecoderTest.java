package io.github.zklb.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.github.zklb.Message;
import io.github.zklb.policy.PolicyNode.Entry;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What a policy's content may be, and which content counts. {@code -Dzklb.fuzz.payloads=10000000} tries more contents than the
 * ordinary build does, {@code -Dzklb.fuzz.seed=N} others.
 */
class PolicyDecoderTest {

    private static final int PAYLOADS = Integer.getInteger("zklb.fuzz.payloads", 20_000);
    private static final long SEED = Long.getLong("zklb.fuzz.seed", System.nanoTime());
    private static final SettingLayers.Check STRATEGIES =
            settings -> settings.getOrDefault("strategy", "random").matches("random|consistent-hash")
                    ? null
                    : "strategy is unknown";
    private static final String WHOLE = """
            [{"v": 2, "set": {"strategy": "quantum"}},
             {"v": 1, "set": {"strategy": "consistent-hash",
              "consistent-hash": {"key": ["header:X-User-Id", "cookie:SESSION"], "replicas": 2, "bounded-load": 1.50},
              "routes": [{"name": "ramp", "split": [{"to": {"version": "2.10", "App.kubernetes.io/x": "é"}, "percent": 5}]}],
              "outlier-ejection": {"enabled": true}, "zone": {"caller-shares": {"a": 2}}},
              "author": "team-orders", "reason": "one key map"}]
            """;

    private static PolicyNode.Content decode(String content) {
        return PolicyDecoder.decode(content.getBytes(StandardCharsets.UTF_8), STRATEGIES);
    }

    @Test
    void takesTheFirstEntryThatIsUnderstood() {
        assertThat(decode(WHOLE)).isInstanceOfSatisfying(Entry.class, entry -> {
            assertThat(entry.entry()).isEqualTo(2);
            assertThat(entry.author()).isEqualTo("team-orders");
            assertThat(entry.reason()).isEqualTo("one key map");
            assertThat(entry.skipped()).containsExactly("entry 1: v must be 1 but was 2");
            assertThat(entry.settings())
                    .containsExactly(
                            entry("strategy", "consistent-hash"),
                            entry("consistent-hash.key[0]", "header:X-User-Id"),
                            entry("consistent-hash.key[1]", "cookie:SESSION"),
                            entry("consistent-hash.replicas", "2"),
                            entry("consistent-hash.bounded-load", "1.50"),
                            entry("routes[0].name", "ramp"),
                            entry("routes[0].split[0].to.version", "2.10"),
                            entry("routes[0].split[0].to[App.kubernetes.io/x]", "é"),
                            entry("routes[0].split[0].percent", "5"),
                            entry("outlier-ejection.enabled", "true"),
                            entry("zone.caller-shares.a", "2"));
            assertThat(entry.names())
                    .containsExactly(
                            "strategy",
                            "consistent-hash.key",
                            "consistent-hash.replicas",
                            "consistent-hash.bounded-load",
                            "routes",
                            "outlier-ejection.enabled",
                            "zone.caller-shares.a");
        });
        assertThat(decode("[{'v':1,'set':{'routes':[]}}]".replace('\'', '"')))
                .isInstanceOfSatisfying(
                        Entry.class, entry -> assertThat(entry.settings()).containsExactly(entry("routes", "")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{} | it is not a JSON list of 1 to 16 entries",
                "[] | it is not a JSON list of 1 to 16 entries",
                "[1] | entry 1: it is not a JSON object",
                "[{'v': 1}] | entry 1: set must be a JSON object but was absent",
                "[{'v': 1, 'set': {}}] | entry 1: set is empty",
                "[{'v': 1, 'set': {'zone': {}}}] | entry 1: set.zone is empty",
                "[{'v': 1, 'set': {'strategy': null}}] | entry 1: set.strategy must not be null",
                "[{'v': 1, 'set': {'strategy': 'x'}}, {'v': 3}] | entry 1: strategy is unknown; entry 2: v must be 1 but was 3",
                "[{'v': 1, 'set': {'strategy': 'random'}, 'expires': 1}] | entry 1: expires is unknown",
                "[{'v': 1, 'set': {'strategy': '${HOME}'}}] | entry 1: set.strategy must have no placeholder ${...}",
                "[{'v': 1, 'set': {'zone': {'${HOME}': 1}}}] | entry 1: set.${HOME} must have no placeholder ${...}",
                "[{'v': 1, 'set': {'a[0]': 1}}] | entry 1: set has a field 'a[0]', which no property is called",
                "[{'v': 1, 'set': {'strategy': '\\ud800'}}] | entry 1: set.strategy is no Unicode",
                "[{'v': 1, 'set': {'strategy': 'random'}, 'author': 7}] | entry 1: author must be a text in quotes but was 7"
            })
    void refusesWhatItDoesNotKnow(String content, String why) {
        assertRefused(content.replace('\'', '"'), why);
    }

    @Test
    void refusesWhatIsNoPolicy() {
        assertRefused("", "it is empty");
        assertRefused("[{\"v\": 1", "it is not JSON");
        assertRefused(WHOLE + WHOLE, "it is not JSON");
        assertRefused(" ".repeat(PolicyDecoder.MAX_BYTES + 1), "it has 8193 bytes, more than 8192");
        assertRefused("[".repeat(8_000), "it is not JSON");
        String deep = "{\"a\":".repeat(200) + "1" + "}".repeat(200);
        assertRefused(
                "[{\"v\": 1, \"set\": " + deep + "}]", "entry 1: set has more than 500 settings, or too deep ones");
        String many = "[{\"v\":1,\"set\":{\"routes\":[" + "1,".repeat(501) + "1]}}]";
        assertRefused(many, "entry 1: set has more than 500 settings, or too deep ones");
    }

    private static void assertRefused(String content, String why) {
        assertThat(decode(content))
                .isInstanceOfSatisfying(
                        PolicyNode.Invalid.class,
                        invalid -> assertThat(invalid.why()).startsWith(why).matches("[ -~]+"));
    }

    @Test
    void noContentDoesAnyHarm() {
        Random random = new Random(SEED);
        byte[] whole = WHOLE.getBytes(StandardCharsets.UTF_8);
        int valid = 0;
        for (int payload = 0; payload < PAYLOADS; payload++) {
            byte[] content = whole.clone();
            for (int i = random.nextInt(4); i > 0; i--) {
                int at = random.nextInt(content.length);
                content[at] =
                        random.nextBoolean() ? (byte) random.nextInt(256) : content[random.nextInt(content.length)];
            }
            int length = random.nextInt(8) == 0 ? random.nextInt(content.length) : content.length;
            PolicyNode.Content decoded = PolicyDecoder.decode(Arrays.copyOf(content, length), STRATEGIES);
            if (decoded instanceof PolicyNode.Invalid invalid) {
                assertThat(invalid.why()).isNotBlank().matches("[ -~]+");
            } else if (decoded instanceof Entry entry) {
                valid++;
                assertThat(SettingLayers.words(entry.settings())).matches("[ -~]+");
                assertThat(entry.settings().values())
                        .as("seed %d, payload %d", SEED, payload)
                        .allMatch(StandardCharsets.UTF_8.newEncoder()::canEncode);
            }
        }
        System.out.printf("policies: %d payloads from seed %d, %d of them valid%n", PAYLOADS, SEED, valid);
        assertThat(valid).isBetween(PAYLOADS / 50, PAYLOADS - PAYLOADS / 50);
    }

    private static PolicyNode node(long created, long modified, PolicyNode.Content content) {
        return new PolicyNode("/zk-lb/policy/orders", created, modified, 0, Instant.EPOCH, content);
    }

    @Test
    void whatWasValidCountsUntilTheNodeIsAnother() {
        List<String> warnings = new ArrayList<>();
        KnownPolicy policy = new KnownPolicy(warnings::add);
        PolicyNode.Content random = new Entry(1, Map.of("strategy", "random"), "ops", null, List.of());
        assertThat(policy.step(null)).isNull();
        KnownPolicy.Known known = Objects.requireNonNull(policy.step(node(1, 1, random)));
        assertThat(known.because()).isNull();
        assertThat(known.words())
                .isEqualTo("entry 1 of /zk-lb/policy/orders, by ops as the node says: strategy=random");
        for (int written = 2; written < 5; written++) {
            known = Objects.requireNonNull(policy.step(node(1, written, new PolicyNode.Invalid("garbage"))));
            assertThat(known.entry()).isEqualTo(random);
            assertThat(known.because()).isEqualTo("garbage; what it said before counts");
        }
        assertThat(warnings)
                .containsExactly(Message.A_POLICY_IS_INVALID.of(
                        "the policy /zk-lb/policy/orders is invalid: garbage; what it said before counts"));
        known = Objects.requireNonNull(policy.step(node(6, 6, new PolicyNode.Invalid("garbage"))));
        assertThat(known.entry()).as("of a node that was deleted").isNull();
        assertThat(known.because()).isEqualTo("garbage");
        assertThat(policy.step(node(6, 7, random))).isNotNull();
        assertThat(policy.step(null)).isNull();
        assertThat(Objects.requireNonNull(policy.step(node(6, 8, new PolicyNode.Invalid("garbage"))))
                        .entry())
                .isNull();
        assertThat(warnings).hasSize(2);
    }
}
