package io.github.zklb.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.zklb.policy.OverlayDraft.Kind;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is written is what clients read. */
class OverlayDraftTest {

    private static final Instant EXPIRES = Instant.parse("2027-01-01T12:00:00.123Z");

    private static OverlayDraft draft(Kind kind, String value, @Nullable String id, String author) {
        return new OverlayDraft(kind, value, id, 20, true, author, "\"quoted\"\n\u202e");
    }

    @Test
    void clientsReadWhatWasMeant() {
        assertThat(draft(Kind.ENDPOINT, "[fd00::7]:80", "a/\"b", "kim").overlay(EXPIRES))
                .isEqualTo(new Overlay(
                        new Overlay.AtAddress("[fd00::7]:80", "a/\"b"),
                        20,
                        true,
                        Map.of(),
                        EXPIRES,
                        "kim",
                        "\"quoted\"\n\u202e",
                        Set.of(),
                        false));
        assertThat(draft(Kind.ZONE, "a", null, "kim").overlay(EXPIRES).target()).isEqualTo(new Overlay.InZone("a"));
        assertThat(draft(Kind.VERSION, "2.10", null, "kim").overlay(EXPIRES).target())
                .isEqualTo(new Overlay.WithMetadata(Map.of("version", "2.10")));
        assertThatThrownBy(() -> draft(Kind.ZONE, "a", null, "x".repeat(501)).overlay(EXPIRES))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("author must have 1 to 500 characters");
    }

    @Test
    void whatSaysMoreThanADraftCanIsNone() {
        for (OverlayDraft draft : List.of(
                draft(Kind.ENDPOINT, "[fd00::7]:80", "a/\"b", "kim"),
                draft(Kind.ZONE, "a", null, "kim"),
                draft(Kind.VERSION, "2.10", null, "kim"))) {
            Overlay overlay = draft.overlay(EXPIRES);
            assertThat(OverlayDraft.isOne(draft.name(), overlay)).isTrue();
            assertThat(OverlayDraft.isOne("by-hand", overlay)).isFalse();
            String json = new String(draft.json(EXPIRES), StandardCharsets.UTF_8);
            for (String more : List.of(
                    json.replace("\"v\":1", "\"v\":1,\"overrideCap\":true"),
                    json.replace("\"v\":1", "\"v\":1,\"scope\":{\"applications\":[\"shop\"]}"),
                    json.replace("\"author\":\"kim\",", ""),
                    json.replace("\"version\":\"2.10\"", "\"version\":\"2.10\",\"canary\":\"true\"")
                            .replace("\"zone\":\"a\"", "\"service\":true"),
                    json.substring(1))) {
                OverlayNode.Content content = OverlayDecoder.decode(more.getBytes(StandardCharsets.UTF_8));
                assertThat(OverlayDraft.isOne(draft.name(), content)).as(more).isEqualTo(content.equals(overlay));
            }
        }
    }

    @Test
    void eachTargetHasOneNodeOfItsOwn() {
        Set<String> names = Stream.of(
                        "10.0.0.7:80", "10-0-0-7:80", "10.0.0.7-80", "a.b", "A.B", "a..b", "é", "è", "x".repeat(400))
                .map(value -> OverlayDraft.name(Kind.ENDPOINT, value))
                .collect(Collectors.toSet());
        assertThat(names).hasSize(9).allMatch(OverlayNode::isName);
        assertThat(OverlayDraft.name(Kind.ZONE, "a")).isNotEqualTo(OverlayDraft.name(Kind.VERSION, "a"));
        assertThat(draft(Kind.ENDPOINT, "10.0.0.7:80", "one", "kim").name())
                .as("whichever registration is meant")
                .isEqualTo(draft(Kind.ENDPOINT, "10.0.0.7:80", "other", "lee").name());
    }
}
