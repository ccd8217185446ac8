package io.github.zklb;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Links lead to files and headings that are there, and each page can be reached in the site. */
class DocumentedLinksTest {

    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
    private static final Pattern PAGE = Pattern.compile("page\\('[^']+', '/([^']*)'\\)");

    @Test
    void everyLinkLeadsToAFileAndToAHeadingOfIt() {
        assertThat(Documents.all().stream().flatMap(DocumentedLinksTest::deadLinks))
                .isEmpty();
    }

    @Test
    void theSiteLinksOnlyToWhatItHas() {
        // VitePress does not see what is outside of its directory, and a repository browser would show it.
        assertThat(Documents.find(Documents.ROOT.resolve("docs"), ".md"))
                .allSatisfy(page -> assertThat(links(page))
                        .as(Documents.name(page))
                        .allMatch(link -> target(page, link).startsWith(Documents.ROOT.resolve("docs"))));
    }

    @Test
    void theNavigationHasEachPageAndNoOther() {
        Path docs = Documents.ROOT.resolve("docs");
        List<String> pages = Documents.find(docs, ".md").stream()
                .map(page -> docs.relativize(page).toString().replace('\\', '/').replace(".md", ""))
                .filter(page -> !page.startsWith("decisions/")) // the site lists the files of that directory
                .map(page -> page.equals("index") ? "" : page)
                .toList();
        List<String> navigation = PAGE.matcher(Documents.read(docs.resolve(".vitepress/config.mjs")))
                .results()
                .map(page -> page.group(1))
                .distinct()
                .toList();
        assertThat(navigation).containsExactlyInAnyOrderElementsOf(pages);
    }

    @Test
    void theListOfDecisionsHasEachOfThem() {
        Path list = Documents.ROOT.resolve("docs/why/decisions.md");
        assertThat(links(list).map(link -> Documents.name(target(list, link))))
                .as("docs/why/decisions.md has a row for each decision")
                .containsExactlyElementsOf(Documents.find(Documents.ROOT.resolve("docs/decisions"), ".md").stream()
                        .map(Documents::name)
                        .toList());
    }

    private static Stream<String> links(Path document) {
        return LINK.matcher(Documents.prose(document))
                .results()
                .map(link -> link.group(1))
                .filter(link -> !link.matches("https?:.*"));
    }

    private static Stream<String> deadLinks(Path document) {
        return links(document)
                .filter(link -> !leadsSomewhere(document, link))
                .map(link -> Documents.name(document) + ": " + link);
    }

    private static boolean leadsSomewhere(Path document, String link) {
        Path target = target(document, link);
        int hash = link.indexOf('#');
        return Files.exists(target) && (hash < 0 || Documents.anchors(target).contains(link.substring(hash + 1)));
    }

    private static Path target(Path document, String link) {
        String file = link.replaceFirst("#.*", "");
        return file.isEmpty() ? document : document.resolveSibling(file).normalize();
    }
}
