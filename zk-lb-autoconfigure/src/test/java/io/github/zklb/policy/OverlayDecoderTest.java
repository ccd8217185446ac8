package io.github.zklb.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.codec.Printable;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What an overlay's content may be. {@code -Dzklb.fuzz.payloads=10000000} tries more contents than the ordinary build does,
 * {@code -Dzklb.fuzz.seed=N} others.
 */
class OverlayDecoderTest {

    private static final int PAYLOADS = Integer.getInteger("zklb.fuzz.payloads", 20_000);
    private static final long SEED = Long.getLong("zklb.fuzz.seed", System.nanoTime());
    private static final String WHOLE = """
            {"v": 1, "target": {"endpoint": "10.0.0.7:8080", "id": "a-1"}, "set": {"weight-percent": 20, "drain": true},
             "expires": "2027-01-01T12:00:00+01:00", "author": "ops", "reason": "INC-4711",
             "scope": {"applications": ["shop", "desk"]}, "overrideCap": true}
            """;

    private static OverlayNode.Content decode(String content) {
        return OverlayDecoder.decode(content.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void readsAllThatAnOverlayMaySay() {
        assertThat(decode(WHOLE))
                .isEqualTo(new Overlay(
                        new Overlay.AtAddress("10.0.0.7:8080", "a-1"),
                        20,
                        true,
                        Map.of(),
                        Instant.parse("2027-01-01T11:00:00Z"),
                        "ops",
                        "INC-4711",
                        Set.of("shop", "desk"),
                        true));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'endpoint': '[2001:DB8::7]:80'} | [2001:db8::7]:80",
                "{'endpoint': 'Orders.Example.:80'} | orders.example:80",
                "{'zone': 'a'} | zone a",
                "{'metadata': {'version': '2', 'arch': 'arm'}} | arch=arm, version=2",
                "{'service': true} | the service"
            })
    void readsEachTarget(String target, String words) {
        assertThat(decode(content(target, "{'drain': true}")))
                .isInstanceOfSatisfying(
                        Overlay.class,
                        overlay -> assertThat(overlay.target().words()).isEqualTo(words));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "{} | {'drain': true} | target must have one of",
                "{'zone': 'a', 'service': true} | {'drain': true} | target must have one of",
                "{'zone': 'a', 'id': 'x'} | {'drain': true} | target must have one of",
                "{'region': 'a'} | {'drain': true} | target.region is unknown",
                "{'endpoint': '10.0.0.7'} | {'drain': true} | target.endpoint must be host:port but was '10.0.0.7'",
                "{'endpoint': '10.0.0.7:99999'} | {'drain': true} | target.endpoint must be host:port",
                "{'metadata': {}} | {'drain': true} | target.metadata must have 1 to 32 entries",
                "{'metadata': {'version': 2}} | {'drain': true} | target.metadata.version must be a text in quotes but was 2",
                "{'zone': ' '} | {'drain': true} | target.zone must have 1 to 500 characters",
                "{'zone': '\\ud800'} | {'drain': true} | target.zone must have 1 to 500 characters",
                "{'service': false} | {'drain': true} | target.service must be true",
                "{'zone': 'a'} | {} | set must have weight-percent or drain",
                "{'zone': 'a'} | {'drain': false} | set.drain must be true; delete the node",
                "{'zone': 'a'} | {'weight-percent': 1001} | set.weight-percent must be a whole number from 0 to 1000 but was 1001",
                "{'zone': 'a'} | {'weight-percent': '20'} | set.weight-percent must be a whole number",
                "{'zone': 'a'} | {'weight-percent': 1e999} | set.weight-percent must be a whole number",
                "{'zone': 'a'} | {'weight': 5} | set.weight is unknown",
                "{'service': true} | {'strategy': 'random', 'drain': true} | set must have weight-percent or drain, or else",
                "{'zone': 'a'} | {'strategy': 'random'} | target must be {\"service\": true} for a strategy",
                "{'service': true} | {'zone': {'mode': 'off'}} | set.zone is unknown",
                "{'service': true} | {'strategy': '${HOME}'} | set.strategy must have no placeholder",
                "{'service': true} | {'routes': [{'to': {}}]} | set.routes[0].to is empty"
            })
    void refusesWhatItDoesNotKnow(String target, String set, String why) {
        assertRefused(content(target, set), why);
    }

    @Test
    void readsAStrategyAndRoutesOfAService() {
        byte[] content = content(
                        "{'service': true}",
                        "{'strategy': 'least-request', 'least-request': {'choice-count': 3}, 'routes': [{'name': 'a',"
                                + " 'to': {'version': '2'}}]}")
                .getBytes(StandardCharsets.UTF_8);
        Map<String, String> settings = Map.of(
                "strategy", "least-request",
                "least-request.choice-count", "3",
                "routes[0].name", "a",
                "routes[0].to.version", "2");
        assertThat(OverlayDecoder.decode(content, any -> null)).isInstanceOfSatisfying(Overlay.class, overlay -> {
            assertThat(overlay.settings()).isEqualTo(settings);
            OverlayNode node = new OverlayNode(false, "evening", 1, 1, Instant.EPOCH, overlay);
            assertThat(new OverlayNode.Counting(node, overlay).words())
                    .isEqualTo("strategy=least-request, least-request.choice-count=3, routes of the service until"
                            + " 2027-01-01T12:00:00Z");
        });
        assertThat(OverlayDecoder.decode(content, each -> each.equals(settings) ? "no such strategy" : null))
                .isEqualTo(new OverlayNode.Invalid("no such strategy"));
    }

    @Test
    void refusesWhatIsNoOverlay() {
        assertRefused("", "it is empty");
        assertRefused("[]", "it is not a JSON object");
        assertRefused("{\"v\": 1", "it is not JSON");
        assertRefused(WHOLE + WHOLE, "it is not JSON");
        assertRefused(WHOLE.replace("\"reason\"", "\"author\""), "it is not JSON: Duplicate field 'author'");
        assertRefused(WHOLE.replace("\"v\": 1", "\"v\": 2"), "v must be 1 but was 2");
        assertRefused(WHOLE.replace("\"reason\"", "\"ticket\""), "ticket is unknown");
        assertRefused(WHOLE.replace("2027-01-01T12:00:00+01:00", "tomorrow"), "expires must be a point in time");
        assertRefused(WHOLE.replace("\"expires\": \"2027-01-01T12:00:00+01:00\",", ""), "expires is missing");
        assertRefused(WHOLE.replace("[\"shop\", \"desk\"]", "[]"), "scope.applications must be a list of 1 to 32");
        assertRefused(" ".repeat(OverlayDecoder.MAX_BYTES + 1), "it has 8193 bytes, more than 8192");
        assertRefused("[".repeat(8_000), "it is not JSON");
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
            OverlayNode.Content decoded = OverlayDecoder.decode(Arrays.copyOf(content, length));
            if (decoded instanceof OverlayNode.Invalid invalid) {
                assertThat(invalid.why()).isNotBlank().matches("[ -~]{1,400}");
            } else if (decoded instanceof Overlay overlay) {
                valid++;
                String words = overlay.target().words() + overlay.author() + overlay.reason() + overlay.applications();
                assertThat(StandardCharsets.UTF_8.newEncoder().canEncode(words))
                        .as("seed %d, payload %d: %s", SEED, payload, Printable.of(words))
                        .isTrue();
            }
        }
        System.out.printf("overlays: %d payloads from seed %d, %d of them valid%n", PAYLOADS, SEED, valid);
        assertThat(valid).isBetween(PAYLOADS / 50, PAYLOADS - PAYLOADS / 50);
    }

    private static String content(String target, String set) {
        return """
                {"v": 1, "target": %s, "set": %s, "expires": "2027-01-01T12:00:00Z"}""".formatted(target, set).replace('\'', '"');
    }

    private static void assertRefused(String content, String why) {
        assertThat(decode(content))
                .isInstanceOfSatisfying(
                        OverlayNode.Invalid.class,
                        invalid -> assertThat(invalid.why()).startsWith(why).matches("[ -~]+"));
    }

    @Test
    void aTargetIsMatchedByWhatItNames() {
        assertThat(new Overlay.WithMetadata(Map.of("version", "2")).level())
                .isGreaterThan(new Overlay.InZone("a").level())
                .isLessThan(new Overlay.AtAddress("a:1", null).level());
    }
}
