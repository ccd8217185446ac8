package io.github.zklb.testing;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.apache.zookeeper.KeeperException.Code;

/**
 * A proxy before a ZooKeeper server on this machine that understands as much of the requests as their types: it counts
 * them, and can make the server one that does not know some of them.
 */
public final class RequestProxy implements AutoCloseable {

    private static final int PING = 11;

    /** After it somebody looks whether the connection is still there. */
    private static final long MAX_WAIT_MILLIS = 100;

    private final int target;
    private volatile Set<Integer> unknown;
    private final ServerSocket listener;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final Map<Integer, AtomicInteger> requests = new ConcurrentHashMap<>();
    private final AtomicInteger refusals = new AtomicInteger();
    private final AtomicLong answerBytes = new AtomicLong();

    /**
     * A proxy that forwards everything but some requests.
     *
     * @param target the server's port
     * @param unknown the types of requests, as ZooDefs.OpCode has them, that are answered as a server does that does not
     *     know them: UNIMPLEMENTED, and the end of the connection
     */
    public RequestProxy(int target, Integer... unknown) throws IOException {
        this.target = target;
        this.unknown = Set.of(unknown);
        this.listener = new ServerSocket(0, 500, InetAddress.getLoopbackAddress());
        start(this::accept);
    }

    /** Where clients connect. */
    public String connectString() {
        return "127.0.0.1:" + listener.getLocalPort();
    }

    /** Makes the server one that knows all requests. */
    public void upgrade() {
        unknown = Set.of();
    }

    /** How many requests there were, without pings. */
    public int requests() {
        return requests.values().stream().mapToInt(AtomicInteger::get).sum();
    }

    /** How many requests there were of each type. */
    public Map<Integer, Integer> byType() {
        return requests.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, entry -> entry.getValue().get()));
    }

    /** How many bytes of answers there were. */
    public long answerBytes() {
        return answerBytes.get();
    }

    /** How many requests were answered as unknown. */
    public int refusals() {
        return refusals.get();
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    private void accept() throws IOException {
        while (!listener.isClosed()) {
            Socket client = listener.accept();
            try {
                Socket server = new Socket(InetAddress.getLoopbackAddress(), target);
                sockets.addAll(List.of(client, server));
                client.setTcpNoDelay(true); // as ZooKeeper's own sockets
                server.setTcpNoDelay(true);
                Connection connection = new Connection(client, server);
                start(connection::answers);
                start(connection::requests);
            } catch (IOException e) {
                client.close();
            }
        }
    }

    private final class Connection {

        private final Socket client;
        private final Socket server;
        private volatile boolean refused;
        private int forwarded;
        private int answered;

        Connection(Socket client, Socket server) {
            this.client = client;
            this.server = server;
        }

        void answers() throws IOException {
            try (server) {
                DataInputStream in = new DataInputStream(new BufferedInputStream(server.getInputStream()));
                for (boolean first = true; ; first = false) {
                    byte[] answer = new byte[in.readInt()];
                    in.readFully(answer);
                    answerBytes.addAndGet(Integer.BYTES + answer.length);
                    send(client, answer);
                    if (!first) {
                        answered(number(answer, 0));
                    }
                }
            } finally {
                if (!refused) {
                    client.close();
                }
            }
        }

        void requests() throws IOException {
            try (server;
                    client) {
                DataInputStream in = new DataInputStream(client.getInputStream());
                for (boolean first = true; ; first = false) {
                    byte[] request = new byte[in.readInt()];
                    in.readFully(request);
                    if (!first && !isForwarded(request)) {
                        refuse(number(request, 0));
                        in.transferTo(OutputStream.nullOutputStream());
                        return;
                    }
                    send(server, request);
                }
            }
        }

        private boolean isForwarded(byte[] request) throws IOException {
            int type = number(request, Integer.BYTES);
            if (type != PING) {
                requests.computeIfAbsent(type, any -> new AtomicInteger()).incrementAndGet();
            }
            if (!unknown.contains(type)) {
                forwarded = Math.max(forwarded, number(request, 0));
                return true;
            }
            awaitAnswers();
            return false;
        }

        /** What the client has sent meanwhile is read: closed with it, the connection is reset, and the answer may be lost. */
        private void refuse(int number) throws IOException {
            refused = true;
            refusals.incrementAndGet();
            send(
                    client,
                    ByteBuffer.allocate(16)
                            .putInt(number)
                            .putLong(0)
                            .putInt(Code.UNIMPLEMENTED.intValue())
                            .array());
            client.shutdownOutput();
            server.close();
        }

        private synchronized void answered(int number) {
            answered = Math.max(answered, number);
            notifyAll();
        }

        /** A server answers in the order of the requests. What ZooKeeper's client asks by itself has negative numbers. */
        private synchronized void awaitAnswers() throws IOException {
            while (answered < forwarded && !client.isClosed()) {
                try {
                    wait(MAX_WAIT_MILLIS);
                } catch (InterruptedException e) {
                    throw new InterruptedIOException();
                }
            }
        }
    }

    private static void send(Socket to, byte[] frame) throws IOException {
        byte[] sent = ByteBuffer.allocate(Integer.BYTES + frame.length)
                .putInt(frame.length)
                .put(frame)
                .array();
        synchronized (to) {
            to.getOutputStream().write(sent);
        }
    }

    private static int number(byte[] bytes, int from) {
        return bytes[from] << 24 | (bytes[from + 1] & 255) << 16 | (bytes[from + 2] & 255) << 8 | bytes[from + 3] & 255;
    }

    private interface Task {
        void run() throws IOException;
    }

    private static void start(Task task) {
        Thread thread = new Thread(
                () -> {
                    try {
                        task.run();
                    } catch (IOException expected) {
                        // the end of a connection
                    }
                },
                "request-proxy");
        thread.setDaemon(true);
        thread.start();
    }
}
