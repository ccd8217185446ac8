package io.github.zklb;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** The repository's documents, for the tests that hold what stands in them. */
public final class Documents {

    public static final Path ROOT = root();

    private static final Pattern FENCE = Pattern.compile("(?m)^( *)```(\\w*)[^\\n]*\\n(.*?)^ *```$", Pattern.DOTALL);
    private static final Pattern HEADING = Pattern.compile("(?m)^#{1,6} +(.+?) *$");

    private Documents() {}

    /**
     * A fenced block.
     *
     * @param place the document and the line of its first line
     * @param language what stands behind the fence
     * @param text its lines
     */
    public record Block(String place, String language, String text) {

        @Override
        public String toString() {
            return place;
        }
    }

    /** All of them: those of the site and those at the root. */
    public static List<Path> all() {
        return Stream.concat(
                        find(ROOT.resolve("docs"), ".md").stream(),
                        Stream.of("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
                                .map(ROOT::resolve)
                                .filter(Files::isRegularFile))
                .toList();
    }

    /** A document's path below the root. */
    static String name(Path document) {
        return ROOT.relativize(document).toString().replace('\\', '/');
    }

    /** The fenced blocks of all documents in a language. */
    public static List<Block> blocks(String language) {
        return all().stream()
                .flatMap(document -> blocks(document).stream())
                .filter(block -> block.language().equals(language))
                .toList();
    }

    private static List<Block> blocks(Path document) {
        String text = read(document);
        return FENCE.matcher(text)
                .results()
                .map(fence -> new Block(
                        name(document) + ":"
                                + (text.substring(0, fence.start()).lines().count() + 2),
                        fence.group(2),
                        fence.group(3)))
                .toList();
    }

    /** The text without its fenced blocks. */
    static String prose(Path document) {
        return FENCE.matcher(read(document)).replaceAll("");
    }

    /** The anchors of the headings, as repository browsers and the site (docs/.vitepress/config.mjs) make them. */
    static List<String> anchors(Path document) {
        List<String> anchors = new ArrayList<>();
        HEADING.matcher(prose(document)).results().forEach(heading -> {
            String anchor = anchor(heading.group(1));
            long earlier = anchors.stream().filter(anchor::equals).count();
            anchors.add(earlier == 0 ? anchor : anchor + "-" + earlier);
        });
        return anchors;
    }

    /** The anchor of a heading that stands once in its document. */
    static String anchor(String heading) {
        return heading.toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N}\\s_-]", "")
                .replaceAll("\\s", "-");
    }

    static List<Path> find(Path directory, String ending) {
        List<Path> found = new ArrayList<>();
        try {
            Files.walkFileTree(directory, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path visited, BasicFileAttributes attributes) {
                    boolean foreign = visited.endsWith("node_modules") || visited.endsWith(".vitepress");
                    return foreign ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    if (file.toString().endsWith(ending)) {
                        found.add(file);
                    }
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found.stream().sorted().toList();
    }

    public static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path root() {
        Path directory = Path.of("").toAbsolutePath();
        while (!Files.isDirectory(directory.resolve("docs/decisions"))) {
            directory = Objects.requireNonNull(directory.getParent(), "the repository's docs are not above here");
        }
        return directory;
    }
}
