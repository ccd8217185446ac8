package io.github.zklb.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP server that answers each GET with its name, until its host vanishes: from then on neither a connection nor a
 * request has an answer, and nothing is refused. It may come back. Or it dies behind a proxy that goes on accepting.
 */
public final class VanishingServer implements AutoCloseable {

    private static final int WAITING_CONNECTIONS = 20;

    /** Linux tells of its connections here. */
    private static final List<Path> CONNECTIONS = List.of(Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6"));

    private static final CountDownLatch OPEN = new CountDownLatch(0);

    private final String name;
    private final ServerSocket listener;
    private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
    private volatile CountDownLatch back = OPEN;
    private volatile CountDownLatch acceptsNoMore = OPEN;
    private final AtomicInteger accepted = new AtomicInteger();
    private final AtomicInteger asked = new AtomicInteger();
    private volatile @Nullable String proxy;
    private List<Socket> filling = List.of();

    private VanishingServer(String name) throws IOException {
        this.name = name;
        this.listener = new ServerSocket(0, WAITING_CONNECTIONS, InetAddress.getLoopbackAddress());
        start(this::accept);
    }

    /** Starts a server on a free port. */
    public static VanishingServer start(String name) throws IOException {
        return new VanishingServer(name);
    }

    /** The name that it answers with. */
    public String name() {
        return name;
    }

    /** The port that it listens at. */
    public int port() {
        return listener.getLocalPort();
    }

    /** Vanishes. Once this has returned, the first packet of every connection is lost. */
    public void vanish() throws IOException, InterruptedException {
        acceptsNoMore = new CountDownLatch(1);
        back = new CountDownLatch(1);
        try (Socket last = new Socket(listener.getInetAddress(), port())) {
            acceptsNoMore.await();
            filling = BlackHole.fill(listener);
        }
    }

    /**
     * Dies behind a proxy that accepts connections as before.
     *
     * @param answer what the proxy says to each request; nothing if it is empty: then it closes the connection
     */
    public void dieBehindAProxy(String answer) {
        proxy = answer;
    }

    /** How many connections were accepted so far. */
    public int accepted() {
        return accepted.get();
    }

    /** How many requests have come so far. */
    public int asked() {
        return asked.get();
    }

    /** Comes back: what was asked meanwhile is answered, and a packet that is sent again arrives. */
    public void comeBack() throws IOException {
        for (Socket socket : filling) {
            socket.close();
        }
        filling = List.of();
        back.countDown();
    }

    /** Whether {@link #isAwaited} can be answered here. */
    public static boolean systemTellsWhoWaits() {
        return CONNECTIONS.stream().allMatch(Files::isReadable);
    }

    /** Whether somebody on this machine waits for an answer to the first packet of a connection to this server. */
    public boolean isAwaited() throws IOException {
        String to = String.format(Locale.ROOT, ":%04X 02 ", port()); // 02 is SYN_SENT
        for (Path table : CONNECTIONS) {
            try (Stream<String> connectionsOfTheSystem = Files.lines(table)) {
                if (connectionsOfTheSystem.anyMatch(line -> line.contains(to))) {
                    return true;
                }
            }
        }
        return false;
    }

    private void accept() throws IOException, InterruptedException {
        while (!listener.isClosed()) {
            Socket connection = listener.accept();
            connections.add(connection);
            accepted.incrementAndGet();
            acceptsNoMore.countDown();
            back.await();
            start(() -> serve(connection));
        }
    }

    private void serve(Socket connection) throws IOException, InterruptedException {
        byte[] answer = "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s"
                .formatted(name.length(), name)
                .getBytes(StandardCharsets.US_ASCII);
        try (connection) {
            BufferedReader requests =
                    new BufferedReader(new InputStreamReader(connection.getInputStream(), StandardCharsets.US_ASCII));
            for (String line = requests.readLine(); line != null; line = requests.readLine()) {
                if (line.isEmpty()) {
                    asked.incrementAndGet();
                    back.await();
                    String instead = proxy;
                    if (instead != null && instead.isEmpty()) {
                        return;
                    }
                    connection
                            .getOutputStream()
                            .write(instead == null ? answer : instead.getBytes(StandardCharsets.US_ASCII));
                }
            }
        } finally {
            connections.remove(connection);
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        comeBack();
        for (Socket connection : connections) {
            connection.close();
        }
    }

    private interface Task {
        void run() throws IOException, InterruptedException;
    }

    private static void start(Task task) {
        Thread thread = new Thread(
                () -> {
                    try {
                        task.run();
                    } catch (IOException | InterruptedException ended) {
                        // a connection that was broken, or a server that is closed
                    }
                },
                "vanishing-server");
        thread.setDaemon(true);
        thread.start();
    }
}
