package io.github.zklb;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The requests that the documents have their readers send with curl, as a shell reads them, for the tests that send them. */
public final class DocumentedRequests {

    private DocumentedRequests() {}

    /**
     * A request.
     *
     * @param place the document and the line of the block
     * @param method GET unless the command says something else
     * @param url as it is written
     * @param body null without one
     */
    public record Request(
            String place,
            String method,
            String url,
            @Nullable String body) {}

    /** Those of all documents whose names begin so. */
    public static List<Request> of(String document) {
        return Documents.blocks("sh").stream()
                .filter(block ->
                        block.place().startsWith(document) && block.text().contains("curl "))
                .flatMap(block -> requests(block.place(), run("curl() { printf '%s\\n' \"$@\" --; }\n" + block.text())))
                .toList();
    }

    /** What a shell prints. Where a reader's command stands in the script, a function takes its place. */
    public static String run(String script) {
        try {
            Path said = Files.createTempFile("documented", ".txt");
            try {
                Process shell = new ProcessBuilder("sh", "-e")
                        .redirectErrorStream(true)
                        .redirectOutput(said.toFile())
                        .start();
                try (OutputStream input = shell.getOutputStream()) {
                    input.write(script.getBytes(StandardCharsets.UTF_8));
                }
                if (shell.waitFor() != 0) {
                    throw new IllegalStateException(Files.readString(said));
                }
                return Files.readString(said);
            } finally {
                Files.delete(said);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Stream<Request> requests(String place, String arguments) {
        return Arrays.stream(arguments.split("(?m)^--\\n"))
                .map(each -> request(place, each.lines().iterator()));
    }

    private static Request request(String place, Iterator<String> arguments) {
        String method = "GET";
        String url = "";
        String body = null;
        while (arguments.hasNext()) {
            String argument = arguments.next();
            switch (argument) {
                case "-s" -> {}
                case "-u", "-H" -> arguments.next();
                case "-X" -> method = arguments.next();
                case "-d" -> {
                    body = arguments.next();
                    method = "POST";
                }
                default -> url = argument;
            }
        }
        return new Request(place, method, url, body);
    }
}
