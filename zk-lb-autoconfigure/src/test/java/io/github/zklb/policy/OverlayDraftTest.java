package io.github.zklb.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.zklb.policy.OverlayDraft.Kind;
import java.time.Instant;
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
