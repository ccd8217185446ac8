package io.github.zklb.autoconfigure.properties;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.DocumentedRequests;
import io.github.zklb.engine.EngineSettings;
import io.github.zklb.policy.KnownOverlays;
import io.github.zklb.policy.Overlay;
import io.github.zklb.policy.OverlayDecoder;
import io.github.zklb.policy.OverlayNode;
import io.github.zklb.policy.OverlaySettings;
import io.github.zklb.policy.PolicyDecoder;
import io.github.zklb.policy.PolicyNode;
import io.github.zklb.policy.SettingLayers;
import io.github.zklb.policy.SettingLayers.Layer;
import io.github.zklb.strategy.ConsistentHashSettings;
import io.github.zklb.traffic.Route;
import io.github.zklb.traffic.ZoneSettings.Mode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.springframework.core.env.StandardEnvironment;

/** The nodes of the guide to steering, and of the page of nodes, are understood and do what they say. */
class SteerGuideTest {

    private static final Pattern COMMAND = Pattern.compile("(?m)^(?:create|set) (/zk-lb\\S*) (.+)$");
    private static final Pattern SHELL = Pattern.compile("(?s)```sh\\n(.*?)```");
    private static final Pattern JSON = Pattern.compile("(?s)```json\\n(.*?)```");

    private static String page(String name) throws IOException {
        return Files.readString(Path.of("..", "docs").resolve(name));
    }

    /** What the guide has its readers type, as zkCli takes it: a text in quotes ends at the next of the same. */
    private static Map<String, List<String>> contents() throws IOException {
        Map<String, List<String>> contents = new LinkedHashMap<>();
        String guide = page("guides/steer.md");
        String atThePrompt = SHELL.matcher(guide).replaceAll("");
        Matcher commands = COMMAND.matcher(atThePrompt + commandsOfTheShell(guide));
        while (commands.find()) {
            assertThat(commands.group(2)).matches("'[^']*'|\"\"");
            String content = commands.group(2).replaceAll("^.|.$", "");
            contents.computeIfAbsent(commands.group(1), any -> new ArrayList<>())
                    .add(content);
        }
        return contents;
    }

    /** What zkCli reads when the guide's blocks are copied, each into a shell of its own. */
    private static String commandsOfTheShell(String guide) {
        return SHELL.matcher(guide)
                .results()
                .map(block -> block.group(1))
                .filter(block -> block.contains("zkCli.sh"))
                .map(block -> DocumentedRequests.run("zkCli() { cat; }\n" + block.replace("zkCli.sh", "zkCli")))
                .collect(Collectors.joining());
    }

    /** What clients make of an overlay that is written at a moment, one second later. */
    private static KnownOverlays.Known known(String content, Instant written) {
        OverlayNode node = new OverlayNode(false, "documented", 1, 1, written, overlay(content));
        return new KnownOverlays(warning -> {})
                .step(List.of(node), OverlaySettings.DEFAULTS, "shop", written.plusSeconds(1), 0)
                .nodes()
                .get(0);
    }

    private static Overlay overlay(String content) {
        OverlayNode.Content decoded =
                OverlayDecoder.decode(content.getBytes(StandardCharsets.UTF_8), NodeSettingsCheckTest.CHECK);
        assertThat(decoded).as(content).isInstanceOf(Overlay.class);
        return (Overlay) decoded;
    }

    private static PolicyNode.Entry policy(String content) {
        PolicyNode.Content decoded =
                PolicyDecoder.decode(content.getBytes(StandardCharsets.UTF_8), NodeSettingsCheckTest.CHECK);
        assertThat(decoded).as(content).isInstanceOf(PolicyNode.Entry.class);
        return (PolicyNode.Entry) decoded;
    }

    private static EngineSettings bound(Map<String, String> settings) {
        SettingLayers layers = new SettingLayers(List.of(), new Layer(settings, "the guide"));
        return new ServicePropertiesBinder(new StandardEnvironment())
                .bind("orders", layers)
                .toSettings(key -> null);
    }

    @Test
    void theGuidesOverlaysAreUnderstood() throws IOException {
        Map<String, List<String>> contents = contents();
        contents.forEach((path, all) -> {
            if (path.matches("/zk-lb/overlays/\\w+/.+")) {
                assertThat(all)
                        .allSatisfy(content -> assertThat(
                                        known(content, Instant.now()).state())
                                .as(content)
                                .isEqualTo(KnownOverlays.State.VALID));
            }
        });
        EngineSettings hour = bound(
                overlay(only(contents, "/zk-lb/overlays/orders/less-loaded")).settings());
        assertThat(hour.strategy()).isEqualTo("least-request");
        assertThat(hour.strategySettings().choiceCount()).isEqualTo(3);
        List<Route> routes = bound(
                        overlay(only(contents, "/zk-lb/overlays/orders/canary")).settings())
                .routes();
        assertThat(routes).extracting(Route::name).containsExactly("testers", "release-2");
        assertThat(routes.get(1).split()).containsExactly(new Route.Part(Map.of("version", "2"), 5));
    }

    private static String only(Map<String, List<String>> contents, String path) {
        List<String> all = Objects.requireNonNull(contents.get(path), path);
        assertThat(all).hasSize(1);
        return all.get(0);
    }

    @Test
    void theGuidesPoliciesAreUnderstood() throws IOException {
        List<String> policies = Objects.requireNonNull(contents().get("/zk-lb/policy/orders"));
        assertThat(policies).hasSize(2);
        EngineSettings one = bound(policy(policies.get(0)).settings());
        assertThat(one.strategy()).isEqualTo("consistent-hash");
        assertThat(one.keySources()).containsExactly("header:X-User-Id");
        assertThat(one.strategySettings().consistentHash()).isEqualTo(ConsistentHashSettings.DEFAULTS);
        assertThat(policy(policies.get(0)).names())
                .as("what clients must agree on")
                .contains("routes", "weight.max-ratio");
        PolicyNode.Entry second = policy(policies.get(1));
        assertThat(second.skipped()).containsExactly("entry 1: v must be 1 but was 2");
        assertThat(bound(second.settings()).zone().mode()).isEqualTo(Mode.BALANCED);
        assertThat(bound(second.settings()).strategy()).isEqualTo("least-request");
    }

    @Test
    void theNodesOfTheReferenceAreUnderstood() throws IOException {
        Matcher blocks = JSON.matcher(page("reference/znodes.md"));
        assertThat(blocks.find()).isTrue();
        assertThat(known(blocks.group(1), Instant.parse("2027-01-01T06:00:00Z")).state())
                .isEqualTo(KnownOverlays.State.VALID);
        assertThat(blocks.find()).isTrue();
        EngineSettings settings = bound(policy(blocks.group(1)).settings());
        assertThat(settings.strategy()).isEqualTo("consistent-hash");
        assertThat(settings.routes()).extracting(Route::name).containsExactly("testers");
        assertThat(blocks.find()).isFalse();
    }
}
