package io.github.zklb.membership;

import io.github.zklb.HostSet;
import io.github.zklb.codec.Printable;
import io.github.zklb.membership.DirectoryReader.Known;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.membership.Membership.Stored;
import io.github.zklb.membership.Reading.Failed;
import io.github.zklb.membership.Reading.Failed.Kind;
import io.github.zklb.membership.Worker.Alarm;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Decides when the directory of one service is read, and how much of it: what is dirty when something was signalled,
 * everything after each connection, each failure and each resync interval. One reading at a time, and none without a
 * connection. Used by the worker only, but for the signals.
 */
public final class ServiceLoop implements DirectoryReader.Signals {

    /** Stands among the names of changed children for all of them, and for the directory itself. */
    private static final String DIRECTORY = "";

    private final MembershipSettings settings;
    private final Worker worker;
    private final ServiceMembership membership;
    private final DirectoryReader reader;
    private final MembershipView view;
    private final PassPace pace;
    private final Alarm pass;
    private final Alarm resync;
    private final Alarm retry;

    private final Set<String> dirty = new HashSet<>();
    private boolean everything = true;
    private Set<String> unreadable = Set.of();
    private int retries;
    private @Nullable String lasting;
    private boolean reading;
    private boolean connected;
    private boolean closed;

    /**
     * A loop that waits for a connection.
     *
     * @param causes the words for what is published
     * @param readers opens the reader of the service's directory
     * @param random the chance in the times at which it reads
     */
    public ServiceLoop(
            String serviceId,
            MembershipSettings settings,
            Worker worker,
            Causes causes,
            Function<DirectoryReader.Signals, DirectoryReader> readers,
            RandomGenerator random) {
        Instant now = worker.wallClock();
        Membership loading = new Membership(
                HostSet.EMPTY, State.LOADING, causes.of(State.LOADING, causes.noAnswer(now), null, 0), now, 0);
        this.settings = settings;
        this.worker = worker;
        this.membership = new ServiceMembership(serviceId, loading, worker, this::refresh, this::refused);
        this.reader = readers.apply(this);
        this.view = new MembershipView(settings, worker, causes, new Publisher(worker, membership));
        this.pace = new PassPace(random, worker.nanoTime());
        this.pass = new Alarm(worker, this::read);
        this.resync = new Alarm(worker, () -> changed(DIRECTORY));
        this.retry = new Alarm(worker, this::retryUnreadable);
    }

    /** What is published of the service. */
    public ServiceMembership membership() {
        return membership;
    }

    /** Gives what is served until ZooKeeper's first answer, if that does not come very soon. */
    public void restore(Stored lastGood) {
        view.restore(lastGood);
    }

    @Override
    public void changed(String child) {
        worker.execute(() -> {
            dirty.add(child);
            request();
        });
    }

    @Override
    public void watchLost() {
        worker.execute(this::refresh);
    }

    /** Reads everything soon. */
    void refresh() {
        everything = true;
        request();
    }

    private void refused(String address) {
        view.refused(address);
    }

    /** There is a connection. Says nothing new to a service that was opened on it. */
    public void connected() {
        if (!connected) {
            reconnected(Duration.ZERO);
        }
    }

    /**
     * There is a connection again, perhaps to another server, perhaps in another session.
     *
     * @param spread the time over which the readings of all services are to be spread
     */
    public void reconnected(Duration spread) {
        connected = true;
        pace.spread(spread, worker.nanoTime());
        if (lasting != null) {
            view.failed(lasting);
        }
        refresh();
    }

    /** There is no connection, or something new is known of the reason. */
    public void disconnected() {
        if (connected) {
            connected = false;
            pass.clear();
            retry.clear();
        }
        view.disconnected();
    }

    /** Ends the reading, the watch and the publications. */
    public void close() {
        closed = true;
        pass.clear();
        resync.clear();
        retry.clear();
        view.close();
        reader.close();
    }

    private void request() {
        if (connected && !reading && !closed) {
            pass.setFor(pace.earliestNanos());
        }
    }

    private void read() {
        reading = true;
        pace.started(worker.nanoTime());
        Known known = view.known();
        Set<String> marked = new HashSet<>(dirty);
        if (marked.remove(DIRECTORY) && known != null) {
            marked.addAll(known.ids());
        }
        boolean anew = everything;
        everything = false;
        dirty.clear();
        CompletableFuture<Reading> answer = anew ? reader.renew(known) : reader.read(marked, known);
        var unused = answer.thenAccept(this::finished);
    }

    private void finished(Reading result) {
        reading = false;
        if (closed) {
            return;
        }
        if (result instanceof Failed failed) {
            failed(failed);
        } else if (connected) {
            took(view.take(result));
        } else {
            everything = true;
            lasting = null;
        }
        if (everything || !dirty.isEmpty()) {
            request();
        }
    }

    private void took(boolean taken) {
        long now = worker.nanoTime();
        if (!taken) {
            everything = true;
            pace.failed(now, PassPace.LONGEST_WAIT);
            return;
        }
        pace.succeeded();
        lasting = null;
        resync.setFor(pace.resyncNanos(settings.resyncInterval(), now));
        planRetry(now);
    }

    private void failed(Failed failed) {
        long now = worker.nanoTime();
        everything = true;
        lasting = failed.kind() == Kind.LIST_TOO_LARGE ? failed.words() : null;
        switch (failed.kind()) {
            case TIMED_OUT -> pace.timedOut(now);
            case LIST_TOO_LARGE -> pace.failed(now, settings.resyncInterval());
            default -> pace.failed(now, PassPace.LONGEST_WAIT);
        }
        if (connected && failed.kind() == Kind.AUTHENTICATION_REFUSED) {
            view.disconnected(); // whoever looks after the connection says why
        } else if (connected) {
            boolean repeatedly = failed.kind() == Kind.CONNECTION_LOST && pace.failures() >= 3;
            view.failed(
                    repeatedly
                            ? "the connection broke repeatedly, which happens when an answer is larger than jute.maxbuffer"
                            : Printable.of(failed.words()));
        }
    }

    /** A right that is granted is signalled by nothing: soon, then less and less often, it is looked for. */
    private void planRetry(long now) {
        Set<String> still = view.unreadable();
        if (!still.equals(unreadable)) {
            unreadable = still;
            retries = 0;
            retry.clear();
        }
        if (!still.isEmpty()) {
            retry.setFor(pace.retryNanos(retries, now));
        }
    }

    private void retryUnreadable() {
        retries++;
        dirty.addAll(unreadable);
        request();
    }
}
