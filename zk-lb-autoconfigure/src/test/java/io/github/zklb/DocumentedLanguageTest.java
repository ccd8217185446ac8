package io.github.zklb;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The pages for users are in plain English, as far as a test can tell: their sentences are short, and some words stand in none. */
class DocumentedLanguageTest {

    private static final int MOST_WORDS = 32;

    /** What the glossary has another word for, and what few people say. */
    private static final Pattern WORDS = Pattern.compile(
            "(?i)\\b(of late|shall|whilst|hitherto|thereof|wherein|upon|admission|admittance|vacancy|those that vanished)\\b");

    private static final Pattern TABLES_AND_HEADINGS = Pattern.compile("(?m)^ *(\\||#).*$");
    private static final Pattern PARAGRAPHS = Pattern.compile("\\n *\\n|\\n *(?:[-*]|\\d+\\.) ");
    private static final Pattern CODE = Pattern.compile("`[^`]*`");
    private static final Pattern TARGETS = Pattern.compile("]\\([^)]*\\)");
    private static final Pattern ENDS = Pattern.compile("(?<=[.!?:;])\\s+");

    /** A page's prose, with its name: not of decisions, which are for those who change zk-lb, nor of what is written from the code. */
    private static Stream<String[]> pages() {
        return Documents.all().stream()
                .map(page -> new String[] {Documents.name(page), Documents.prose(page)})
                .filter(page ->
                        !page[0].matches("docs/decisions/.*|docs/reference/(properties|actuator)\\.md|CHANGELOG\\.md"));
    }

    @Test
    void noSentenceIsLong() {
        assertThat(pages().flatMap(page -> sentences(page[1])
                        .filter(sentence -> sentence.split("\\s+").length > MOST_WORDS)
                        .map(sentence -> page[0] + ": " + sentence)))
                .isEmpty();
    }

    @Test
    void someWordsStandNowhere() {
        assertThat(pages().flatMap(page ->
                        WORDS.matcher(page[1]).results().map(MatchResult::group).map(word -> page[0] + ": " + word)))
                .isEmpty();
    }

    private static Stream<String> sentences(String prose) {
        String text = TABLES_AND_HEADINGS.matcher(prose).replaceAll("");
        return PARAGRAPHS
                .splitAsStream("\n" + text)
                .map(paragraph -> CODE.matcher(paragraph).replaceAll("code"))
                .map(paragraph -> TARGETS.matcher(paragraph).replaceAll("").replaceAll("[\\[*]", ""))
                .flatMap(paragraph -> Arrays.stream(ENDS.split(paragraph.strip())));
    }
}
