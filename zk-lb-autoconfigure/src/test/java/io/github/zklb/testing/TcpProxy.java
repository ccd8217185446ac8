package io.github.zklb.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

/** A TCP proxy in the process, to break the network between a client and a server on this machine. */
public final class TcpProxy implements AutoCloseable {

    private final int target;
    private final ServerSocket listener;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private final Lock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private boolean cut;
    private boolean holding;
    private boolean holdingAnswers;
    private long delayNanos;
    private int slice = Integer.MAX_VALUE;
    private long answerBytes = Long.MAX_VALUE;
    private volatile long requestBytes = Long.MAX_VALUE;

    /** A proxy before the given port of this machine; it forwards everything. */
    public TcpProxy(int target) throws IOException {
        this.target = target;
        this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        start("accept", this::accept);
    }

    /** Where clients connect. */
    public String connectString() {
        return "127.0.0.1:" + listener.getLocalPort();
    }

    /** Breaks all connections, and refuses new ones. */
    public void cut() {
        set(() -> cut = true);
        breakConnections();
    }

    /** Keeps all connections but lets nothing through, in neither direction; what is sent is delivered when healed. */
    public void blackhole() {
        set(() -> holding = true);
    }

    /** Lets requests through but no answers; these are delivered when healed. */
    public void muteAnswers() {
        set(() -> holdingAnswers = true);
    }

    /** Delivers each piece of an answer late, and in pieces of at most the given number of bytes. */
    public void slow(Duration delay, int bytes) {
        set(() -> {
            delayNanos = delay.toNanos();
            slice = bytes;
        });
    }

    /** Lets the given number of bytes of answers through, and then breaks all connections, once. */
    public void cutAfterAnswerBytes(long bytes) {
        set(() -> answerBytes = bytes);
    }

    /** Breaks each connection on which more than the given number of bytes of requests come, as servers do that take no more. */
    public void takeRequestsUpTo(long bytes) {
        requestBytes = bytes;
    }

    /** Forwards everything again. */
    public void heal() {
        set(() -> {
            requestBytes = Long.MAX_VALUE;
            cut = false;
            holding = false;
            holdingAnswers = false;
            delayNanos = 0;
            slice = Integer.MAX_VALUE;
            answerBytes = Long.MAX_VALUE;
        });
    }

    /** Breaks all connections; new ones are forwarded. */
    public void breakConnections() {
        sockets.forEach(TcpProxy::closeQuietly);
        sockets.clear();
    }

    @Override
    public void close() throws IOException {
        listener.close();
        cut();
        heal();
    }

    private void set(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void accept() throws IOException {
        while (!listener.isClosed()) {
            Socket client = listener.accept();
            if (isCut()) {
                client.close();
                continue;
            }
            Socket server = new Socket();
            sockets.add(client);
            sockets.add(server);
            start("requests", () -> connect(client, server));
        }
    }

    private void connect(Socket client, Socket server) throws IOException {
        try {
            server.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), target), 1_000);
        } catch (IOException e) {
            client.close();
            throw e;
        }
        client.setTcpNoDelay(
                true); // as ZooKeeper's own sockets: else a small packet waits 40 ms for the last one's receipt
        server.setTcpNoDelay(true);
        start("answers", () -> forward(server, client, true));
        forward(client, server, false);
    }

    private void forward(Socket from, Socket to, boolean answers) throws IOException {
        byte[] buffer = new byte[8_192];
        long forwarded = 0;
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                forwarded += read;
                if (!answers && forwarded > requestBytes) {
                    return;
                }
                int allowed = awaitPermission(read, answers);
                write(out, buffer, allowed, answers);
                if (allowed < read) {
                    breakConnections();
                }
            }
        } finally {
            sockets.remove(from);
            sockets.remove(to);
        }
    }

    /** How many of the bytes may pass. */
    private int awaitPermission(int bytes, boolean answers) {
        lock.lock();
        try {
            while (holding || (answers && holdingAnswers)) {
                changed.awaitUninterruptibly();
            }
            if (!answers || answerBytes == Long.MAX_VALUE) {
                return bytes;
            }
            int allowed = (int) Math.min(bytes, answerBytes);
            answerBytes = allowed < bytes ? Long.MAX_VALUE : answerBytes - allowed;
            return allowed;
        } finally {
            lock.unlock();
        }
    }

    private void write(OutputStream out, byte[] buffer, int bytes, boolean answers) throws IOException {
        for (int from = 0; from < bytes; ) {
            int length = answers ? awaitTurn(bytes - from) : bytes;
            out.write(buffer, from, length);
            from += length;
        }
    }

    /** Waits as long as an answer is to wait, and says how much of it may pass then. */
    private int awaitTurn(int bytes) {
        lock.lock();
        try {
            long left = delayNanos;
            while (left > 0 && delayNanos > 0) {
                left = changed.awaitNanos(left);
            }
            return Math.min(bytes, slice);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return bytes;
        } finally {
            lock.unlock();
        }
    }

    private boolean isCut() {
        lock.lock();
        try {
            return cut;
        } finally {
            lock.unlock();
        }
    }

    private interface Task {
        void run() throws IOException;
    }

    private static void start(String name, Task task) {
        Thread thread = new Thread(
                () -> {
                    try {
                        task.run();
                    } catch (IOException expected) {
                        // a connection that was broken, which is what this class is for
                    }
                },
                "tcp-proxy-" + name);
        thread.setDaemon(true);
        thread.start();
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException ignored) {
            // it is gone either way
        }
    }
}
