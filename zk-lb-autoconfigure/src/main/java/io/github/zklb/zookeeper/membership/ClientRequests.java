package io.github.zklb.zookeeper.membership;

import io.github.zklb.Message;
import io.github.zklb.membership.ServiceLoop;
import io.github.zklb.membership.Worker;
import io.github.zklb.membership.Worker.Alarm;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.apache.zookeeper.KeeperException.Code;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one client asks of ZooKeeper for all its services together: at most {@value #MOST_UNDER_WAY} requests under way,
 * and {@value #BYTES_A_SECOND} bytes of answers a second. What is above that waits its turn, first come first served. Also
 * knows what the server was found not to understand. Used by the worker only.
 */
final class ClientRequests {

    private static final Logger log = LoggerFactory.getLogger(ClientRequests.class);
    private static final int MOST_UNDER_WAY = 32;
    private static final long BYTES_A_SECOND = 8 << 20;
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    /** A session outlives the upgrade of the servers, one after the other; but a question in vain breaks a connection. */
    private static final long SERVERS_MAY_CHANGE = TimeUnit.HOURS.toNanos(1);

    private final Worker worker;
    private final Alarm credited;
    private final Queue<Request> waiting = new ArrayDeque<>();
    private int underWay;
    private long credit = BYTES_A_SECOND;
    private long creditedNanos;
    private boolean broken;
    private long session;
    private long knownSince;
    private boolean multi = true;
    private boolean watches = true;

    private record Request(int bytes, BooleanSupplier send) {}

    ClientRequests(Worker worker) {
        this.worker = worker;
        this.credited = new Alarm(worker, this::sendNext);
        this.creditedNanos = worker.nanoTime();
        this.knownSince = creditedNanos;
    }

    /**
     * Sends a request as soon as there is room for it.
     *
     * @param bytes how long the answer will be, about
     * @param request sends it, unless nobody wants it any more: then it returns false
     */
    void send(int bytes, BooleanSupplier request) {
        waiting.add(new Request(bytes, request));
        sendNext();
    }

    /**
     * A request has its answer, be it the end of the connection.
     *
     * @return whether it is the request that was to be answered next when the connection broke
     */
    boolean answered(Code code) {
        boolean first = code == Code.CONNECTIONLOSS && !broken;
        broken = code == Code.CONNECTIONLOSS;
        underWay--;
        sendNext();
        return first;
    }

    /**
     * There is a connection again. What the servers did not know they may know in another session, or after a while: they may
     * have been upgraded.
     */
    void connected(long sessionId) {
        long now = worker.nanoTime();
        if (sessionId != session || now - knownSince >= SERVERS_MAY_CHANGE) {
            session = sessionId;
            knownSince = now;
            multi = true;
            watches = true;
        }
    }

    /** Whether the server takes several reads in one request, as far as it is known. */
    boolean takesMulti() {
        return multi;
    }

    /** The server does not know requests of several reads, which ZooKeeper has had since 3.6. */
    void multiIsUnknown() {
        multi = false;
    }

    /** Whether the server keeps persistent watches, as far as it is known. */
    boolean takesWatches() {
        return watches;
    }

    /** The server does not know persistent watches, which ZooKeeper has had since 3.6, or refuses them. */
    void watchesAreUnknown() {
        if (watches) {
            watches = false;
            log.warn(
                    Message.NO_PERSISTENT_WATCHES.of(
                            "ZooKeeper's server keeps no persistent watches, which it has had since 3.6: all services are polled"
                                    + " by zk-lb.membership.resync-interval and verify-interval, {} times as often"),
                    ServiceLoop.POLLS);
        }
    }

    private void sendNext() {
        while (underWay < MOST_UNDER_WAY && !waiting.isEmpty()) {
            if (!hasCredit()) {
                credited.setFor(worker.nanoTime() + (1 - credit) * SECOND / BYTES_A_SECOND);
                return;
            }
            Request next = waiting.remove();
            underWay++;
            credit -= next.bytes();
            if (!next.send().getAsBoolean()) {
                underWay--;
                credit += next.bytes();
            }
        }
    }

    private boolean hasCredit() {
        long now = worker.nanoTime();
        long passed = Math.min(now - creditedNanos, 10 * SECOND);
        long earned = passed * BYTES_A_SECOND / SECOND;
        if (earned > 0) {
            credit = Math.min(BYTES_A_SECOND, credit + earned);
            creditedNanos = now;
        }
        return credit > 0;
    }
}
