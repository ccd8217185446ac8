package io.github.zklb.testing;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** ZooKeeper's four-letter commands. */
public final class FourLetters {

    private static final Pattern SESSION = Pattern.compile("sid=(0x\\w+).*lcxid=(0x\\w+)");
    private static final int PATIENCE_MILLIS = 5_000;

    private FourLetters() {}

    /**
     * What a server answers to a command.
     *
     * @throws IllegalStateException if it does not answer
     */
    public static String ask(String host, int port, String command) {
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(host, port), PATIENCE_MILLIS);
            socket.setSoTimeout(PATIENCE_MILLIS);
            socket.getOutputStream().write(command.getBytes(StandardCharsets.US_ASCII));
            InputStream answer = socket.getInputStream();
            return new String(answer.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException("ZooKeeper at " + host + ':' + port + " does not answer " + command, e);
        }
    }

    /**
     * The last request that each session made, pings left out: they have no number.
     *
     * @param connections the answer to {@code cons}
     */
    public static String lastRequests(String connections) {
        return SESSION.matcher(connections)
                .results()
                .map(session -> session.group(1) + ' ' + session.group(2))
                .sorted()
                .collect(Collectors.joining("\n"));
    }
}
