package io.github.zklb.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PageTest {

    @TempDir
    private Path folder;

    @Test
    void aSectionIsWrittenInTheMiddleOfAPage() throws IOException {
        Path path = folder.resolve("page.md");
        Files.writeString(path, "before\n<!-- begin x -->\nold\n<!-- end x -->\nafter\n");
        new Page(path).write("x", "new\n");
        assertThat(path).hasContent("before\n<!-- begin x -->\nnew\n<!-- end x -->\nafter\n");
    }

    @Test
    void aPageWithoutTheSectionGetsItAtItsEnd() throws IOException {
        Path path = folder.resolve("new/page.md");
        new Page(path).write("x", "1\n");
        new Page(path).write("y", "2\n");
        assertThat(path).hasContent("<!-- begin x -->\n1\n<!-- end x -->\n<!-- begin y -->\n2\n<!-- end y -->\n");
    }
}
