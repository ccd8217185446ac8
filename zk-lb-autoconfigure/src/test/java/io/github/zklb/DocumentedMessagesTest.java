package io.github.zklb;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The page of messages has each {@link Message}, under its name, and quotes what zk-lb says, with … for what differs from case to
 * case. Whatever is logged as a warning or an error, and what is thrown at an operator, ends with a name.
 */
class DocumentedMessagesTest {

    private static final Path PAGE = Documents.ROOT.resolve("docs/operate/messages.md");
    private static final Pattern JOINED = Pattern.compile("\"\\s*\\+\\s*\"");
    private static final Pattern SECTION = Pattern.compile("(?m)^### +(.+)\\n([^#]*)");
    private static final Pattern QUOTE = Pattern.compile("(?s)```text\\n(.*?)```");
    private static final Pattern LOGGED = Pattern.compile("log\\s*\\.(?:warn|error|atLevel|atWarn|atError)\\([^;]*;");
    private static final Pattern MADE = Pattern.compile(
            "new (?:IllegalState|NoZooKeeper|NoInstance|UncheckedIO"
                    + "|InvalidConfigurationPropertyValue|RefusedRequest|NotWritten)Exception\\([^;]*;|new NoInstanceResponse\\([^;]*;");

    /** Where the words come with their name from elsewhere: what is in the statement then. */
    private static final Set<String> NAMED_BEFORE = Set.of(
            "log.warn(\"{}\", words(held))",
            "log.warn(\"{}\", message.of(text))",
            "log.warn(\"service {}: {}\", serviceId, warning)",
            "log.warn(\"service {}: {}\", engine.serviceId(), warning)",
            "log.warn(\"{}: {}\", causes.serviceId(), remark)",
            "log.warn(text, of, state.mode(), words(obstacle))",
            "log.atLevel(isTrouble(state) ? Level.WARN : Level.INFO).log(\"{}\", words)",
            "new NoInstanceException(reason)",
            "ours.reason() : engine.noInstance(",
            "new NoInstanceResponse(group.none(",
            "? group.none(engine.serviceId()) : engine.pickedNone(",
            "new NoInstanceResponse(lists().engine().noInstance(asked.context))");

    /** What tells a programmer of a wrong call, the caller of the actuator of a wrong question, and what cannot happen. */
    private static final Set<String> NOT_FOR_OPERATORS = Set.of(
            "Printable.of(path) + \": \" + reason",
            "this registry has no such registration",
            "IllegalStateException(CLOSED)",
            "the memberships are closed",
            "the channels of the probes cannot be closed",
            "IllegalStateException(e.getCause())",
            "its client has no load balancer",
            "UncheckedIOException(e)",
            "every JDK has SHA-256",
            // the end of a warning that has a name
            "there is no connection to ZooKeeper",
            "RefusedRequestException(BAD_REQUEST,",
            "RefusedRequestException(status, String.valueOf(cause.getMessage()))",
            // Spring's own sentence, where Spring's interceptor says that there is none
            "\"No instances available for \" + serviceId");

    private static final Map<String, String> SOURCES =
            Documents.find(Documents.ROOT.resolve("zk-lb-autoconfigure/src/main/java"), ".java").stream()
                    .filter(source -> !source.endsWith("Message.java"))
                    .collect(Collectors.toMap(
                            Documents::name,
                            source -> JOINED.matcher(Documents.read(source)).replaceAll("")));

    @Test
    void thePageHasEachMessageAndNoOther() {
        List<String> headings = SECTION.matcher(Documents.read(PAGE))
                .results()
                .map(section -> Documents.anchor(section.group(1)))
                .toList();
        assertThat(headings)
                .containsExactlyInAnyOrderElementsOf(
                        Arrays.stream(Message.values()).map(Message::anchor).toList());
    }

    @ParameterizedTest
    @EnumSource
    void whatThePageQuotesIsInASourceThatGivesItThisName(Message message) {
        String section = SECTION.matcher(Documents.read(PAGE))
                .results()
                .filter(each -> Documents.anchor(each.group(1)).equals(message.anchor()))
                .map(each -> each.group(2))
                .collect(Collectors.joining());
        List<String> quotes = QUOTE.matcher(section)
                .results()
                .flatMap(quote -> quote.group(1).lines())
                .toList();
        assertThat(quotes).isNotEmpty();
        assertThat(SOURCES.values())
                .as(quotes.get(0))
                .anyMatch(source -> names(source, message) && quotes(source, quotes.get(0)));
        assertThat(quotes)
                .allSatisfy(quote -> assertThat(SOURCES.values()).as(quote).anyMatch(source -> quotes(source, quote)));
    }

    @Test
    void whateverIsLoggedForSomebodysAttentionHasAName() {
        assertThat(statements(LOGGED)).hasSizeGreaterThan(30).allSatisfy(DocumentedMessagesTest::isNamed);
    }

    @Test
    void whateverIsThrownAtAnOperatorHasAName() {
        assertThat(statements(MADE)).hasSizeGreaterThan(10).allSatisfy(DocumentedMessagesTest::isNamed);
    }

    @Test
    void whatEndsWithANameKeepsIt() {
        String inner = Message.A_HOST_OR_PORT_OUTSIDE_OF_THE_ALLOW_LIST.of("host a is not in the list");
        assertThat(inner)
                .isEqualTo("host a is not in the list [zk-lb messages#a-host-or-port-outside-of-the-allow-list]");
        assertThat(Message.A_NODE_THAT_CANNOT_BE_USED.of("node b is skipped: " + inner))
                .isEqualTo("node b is skipped: " + inner);
        assertThat(Message.DENIED.of(inner + " and [more]")).isEqualTo(inner + " and [more] [zk-lb messages#denied]");
    }

    private static boolean names(String source, Message message) {
        return Pattern.compile("Message\\." + message.name() + "\\b")
                .matcher(source)
                .find();
    }

    private static void isNamed(String statement) {
        assertThat(Stream.of(NAMED_BEFORE, NOT_FOR_OPERATORS).flatMap(Set::stream))
                .as(statement)
                .anyMatch(known -> statement.contains("Message.") || statement.contains(known));
    }

    private static List<String> statements(Pattern kind) {
        return SOURCES.values().stream()
                .flatMap(source -> kind.matcher(source).results().map(MatchResult::group))
                .map(statement ->
                        statement.replaceAll("\\s+", " ").replace("( ", "(").replace(" .", "."))
                .toList();
    }

    private static boolean quotes(String source, String message) {
        return Arrays.stream(message.strip().split("…+"))
                .map(String::strip)
                .filter(part -> part.length() > 1)
                .allMatch(source::contains);
    }
}
