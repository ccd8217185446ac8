package io.github.zklb.testing;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
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

    private final int target;
    private final Set<Integer> unknown;
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
                start(() -> answers(server, client));
                start(() -> requests(client, server));
            } catch (IOException e) {
                client.close();
            }
        }
    }

    private void answers(Socket server, Socket client) throws IOException {
        try (server;
                client) {
            byte[] buffer = new byte[65_536];
            for (int read = server.getInputStream().read(buffer);
                    read >= 0;
                    read = server.getInputStream().read(buffer)) {
                answerBytes.addAndGet(read);
                synchronized (client) {
                    client.getOutputStream().write(buffer, 0, read);
                }
            }
        }
    }

    private void requests(Socket client, Socket server) throws IOException {
        try (server;
                client) {
            DataInputStream in = new DataInputStream(client.getInputStream());
            DataOutputStream out = new DataOutputStream(server.getOutputStream());
            for (boolean first = true; ; first = false) {
                byte[] request = new byte[in.readInt()];
                in.readFully(request);
                if (!first && !isForwarded(request, client)) {
                    return;
                }
                out.writeInt(request.length);
                out.write(request);
                out.flush();
            }
        }
    }

    private boolean isForwarded(byte[] request, Socket client) throws IOException {
        int type = number(request, 4);
        if (type != PING) {
            requests.computeIfAbsent(type, any -> new AtomicInteger()).incrementAndGet();
        }
        if (!unknown.contains(type)) {
            return true;
        }
        refusals.incrementAndGet();
        synchronized (client) {
            DataOutputStream answer = new DataOutputStream(client.getOutputStream());
            answer.writeInt(16);
            answer.writeInt(number(request, 0));
            answer.writeLong(0);
            answer.writeInt(Code.UNIMPLEMENTED.intValue());
            answer.flush();
        }
        return false;
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
