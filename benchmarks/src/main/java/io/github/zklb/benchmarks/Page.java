package io.github.zklb.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * A page of the documentation of which a program writes one section and people the rest. The section lies between {@code
 * <!-- begin NAME -->} and {@code <!-- end NAME -->}; a page that does not have it gets it at its end.
 *
 * @param path the file
 */
public record Page(Path path) {

    /** Writes a section, in the place of what it was. */
    public void write(String section, String markdown) throws IOException {
        String begin = "<!-- begin " + section + " -->";
        String end = "<!-- end " + section + " -->";
        String page = Files.exists(path) ? Files.readString(path) : "";
        String written = begin + "\n" + markdown + end;
        int from = page.indexOf(begin);
        int to = page.indexOf(end);
        String next = from < 0 || to < from
                ? page + written + "\n"
                : page.substring(0, from) + written + page.substring(to + end.length());
        Files.createDirectories(path.toAbsolutePath().getParent());
        Files.writeString(path, next);
    }
}
