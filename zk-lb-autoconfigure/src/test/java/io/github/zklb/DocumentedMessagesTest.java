package io.github.zklb;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The page of messages quotes what zk-lb says, with … for what differs from case to case. */
class DocumentedMessagesTest {

    private static final Path PAGE = Documents.ROOT.resolve("docs/operate/messages.md");
    private static final Pattern JOINED = Pattern.compile("\"\\s*\\+\\s*\"");
    private static final Map<String, String> SOURCES =
            Documents.find(Documents.ROOT.resolve("zk-lb-autoconfigure/src/main/java"), ".java").stream()
                    .collect(Collectors.toMap(
                            Documents::name,
                            source -> JOINED.matcher(Documents.read(source)).replaceAll("")));

    @Test
    void everyQuotedMessageIsInTheSources() {
        List<Documents.Block> quoted = Documents.blocks("text").stream()
                .filter(block -> block.place().startsWith(Documents.name(PAGE)))
                .toList();
        assertThat(quoted).hasSizeGreaterThan(20);
        assertThat(quoted)
                .allSatisfy(block -> assertThat(SOURCES.values())
                        .as("%s: %s", block, block.text())
                        .anyMatch(source -> parts(block.text()).allMatch(source::contains)));
    }

    private static Stream<String> parts(String message) {
        return Arrays.stream(message.strip().split("[…\\n]+"))
                .map(String::strip)
                .filter(part -> part.length() > 1);
    }
}
