package io.github.zklb.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;

/**
 * A port of this machine from which no answer comes, as from a host that is gone: whoever connects waits until its own
 * time is over. The queue of the connections to accept is full, so that the kernel drops each further one's first packet.
 */
public final class BlackHole implements AutoCloseable {

    private static final int ANSWER_MILLIS = 300;
    private static final int MOST = 64;

    private final ServerSocket listener;
    private List<Socket> filling = List.of();

    private BlackHole(int port) throws IOException {
        listener = new ServerSocket();
        listener.setReuseAddress(true);
        listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1);
    }

    /** A black hole at any port. */
    public static BlackHole open() throws IOException {
        return at(0);
    }

    /** A black hole at a port on which nobody listens. */
    public static BlackHole at(int port) throws IOException {
        BlackHole hole = new BlackHole(port);
        hole.filling = fill(hole.listener);
        return hole;
    }

    public int port() {
        return listener.getLocalPort();
    }

    /** Connects until there is no room for a connection that nobody has accepted yet. */
    static List<Socket> fill(ServerSocket listener) throws IOException {
        List<Socket> filling = new ArrayList<>();
        while (filling.size() < MOST) {
            Socket socket = new Socket();
            filling.add(socket);
            try {
                socket.connect(listener.getLocalSocketAddress(), ANSWER_MILLIS);
            } catch (SocketTimeoutException full) {
                return filling;
            }
        }
        throw new IllegalStateException("this system answers however many connections wait");
    }

    @Override
    public void close() throws IOException {
        for (Socket socket : filling) {
            socket.close();
        }
        listener.close();
    }
}
