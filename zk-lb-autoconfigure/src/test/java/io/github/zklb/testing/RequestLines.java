package io.github.zklb.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** An HTTP server that keeps the first line of each request as it came over the wire, and answers with nothing. */
public final class RequestLines implements AutoCloseable {

    private static final String END_OF_HEAD = "\r\n\r\n";
    private static final byte[] ANSWER =
            "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final ServerSocket server;
    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>();

    private RequestLines(ServerSocket server) {
        this.server = server;
    }

    /** Starts one on a free port. */
    public static RequestLines start() {
        try {
            RequestLines lines = new RequestLines(new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1")));
            Thread thread = new Thread(lines::serve, "request-lines");
            thread.setDaemon(true);
            thread.start();
            return lines;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void serve() {
        while (!server.isClosed()) {
            try (Socket connection = server.accept()) {
                String line =
                        head(connection.getInputStream()).lines().findFirst().orElse("");
                connection.getOutputStream().write(ANSWER);
                lines.add(line);
            } catch (IOException brokenOff) {
                lines.add(brokenOff.toString());
            }
        }
    }

    /** Sends a GET with a target that no client may touch. */
    public static void get(int port, String target) {
        String head = "GET " + target + " HTTP/1.1\r\nHost: localhost\r\nConnection: close" + END_OF_HEAD;
        try (Socket connection = new Socket("127.0.0.1", port)) {
            connection.getOutputStream().write(head.getBytes(StandardCharsets.UTF_8));
            head(connection.getInputStream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String head(InputStream in) throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        for (int next = in.read(); next >= 0; next = in.read()) {
            head.write(next);
            if (next == '\n' && head.toString(StandardCharsets.UTF_8).endsWith(END_OF_HEAD)) {
                break;
            }
        }
        return head.toString(StandardCharsets.UTF_8);
    }

    /** The path and query, in UTF-8, of the next request that was not asked for yet. */
    public String nextTarget() {
        try {
            String line = String.valueOf(lines.poll(20, TimeUnit.SECONDS));
            return line.substring(line.indexOf(' ') + 1).replace(" HTTP/1.1", "");
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Where it listens, on the loopback address. */
    public int port() {
        return server.getLocalPort();
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
