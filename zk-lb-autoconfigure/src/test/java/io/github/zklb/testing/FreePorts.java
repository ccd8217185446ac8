package io.github.zklb.testing;

import java.io.IOException;
import java.net.ServerSocket;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.curator.test.InstanceSpec;

/**
 * Ports for servers that are started later, or stopped and started again. They are below those that the kernel gives to
 * outgoing connections, so that none of these takes one meanwhile; none is given twice, and two test processes of a build
 * have ranges of their own. Thread-safe.
 */
public final class FreePorts {

    private static final int FIRST = 12_000;
    private static final int EACH_PROCESS = 10_000;
    private static final int ENSEMBLE_TICK_MILLIS = 500;
    private static final AtomicInteger NEXT =
            new AtomicInteger((int) (ProcessHandle.current().pid() * 31 % EACH_PROCESS));

    private FreePorts() {}

    /** A port on which nobody listens. */
    public static int next() {
        int range = FIRST + Integer.getInteger("test.fork", 1) % 2 * EACH_PROCESS;
        for (int attempt = 0; attempt < EACH_PROCESS; attempt++) {
            int port = range + NEXT.getAndIncrement() % EACH_PROCESS;
            if (isFree(port)) {
                return port;
            }
        }
        throw new IllegalStateException("no free port from " + range + " on");
    }

    /** What Curator's cluster for tests needs to know of each server of an ensemble. */
    public static List<InstanceSpec> ensemble(int servers) {
        return IntStream.rangeClosed(1, servers)
                .mapToObj(id -> new InstanceSpec(null, next(), next(), next(), true, id, ENSEMBLE_TICK_MILLIS, -1))
                .toList();
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket(port)) {
            return socket.isBound();
        } catch (IOException taken) {
            return false;
        }
    }
}
