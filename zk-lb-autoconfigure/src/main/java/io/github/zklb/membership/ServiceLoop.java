package io.github.zklb.membership;

import io.github.zklb.HostSet;
import io.github.zklb.Message;
import io.github.zklb.codec.Printable;
import io.github.zklb.membership.DirectoryReader.Known;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.membership.Membership.Stored;
import io.github.zklb.membership.Reading.Failed;
import io.github.zklb.membership.Reading.Failed.Kind;
import io.github.zklb.membership.Worker.Alarm;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides when the directory of one service is read, and how much of it: what is dirty when something was signalled,
 * everything after each connection and each failure. At each tick of a quiet service the version of the directory proves
 * its list, and some of the nodes are read with it, so that each of them is verified in time. One reading at a time, and
 * none without a connection. Used by the worker only, but for the signals.
 */
public final class ServiceLoop implements DirectoryReader.Signals {

    /** How many times as often a service is looked at that is not watched. */
    public static final int POLLS = Verification.POLLS;

    private static final Logger log = LoggerFactory.getLogger(ServiceLoop.class);

    /** Stands among the names of changed children for all of them, and for the directory itself. */
    private static final String DIRECTORY = "";

    /** How long a node is not read again because of a doubt. */
    private static final Duration DOUBT_REST = Duration.ofSeconds(5);

    private final MembershipSettings settings;
    private final Worker worker;
    private final ServiceMembership membership;
    private final DirectoryReader reader;
    private final MembershipView view;
    private final PassPace pace;
    private final Alarm pass;
    private final Alarm doubtsEnd;

    private final Verification verification;
    private final Set<String> dirty = new HashSet<>();
    private final Set<String> doubtful = new HashSet<>();
    private boolean everything = true;
    private @Nullable String lasting;
    private boolean waiting;
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
        this.membership = new ServiceMembership(serviceId, loading, worker, this::refresh, this::doubted);
        this.reader = readers.apply(this);
        this.view = new MembershipView(settings, worker, causes, new Publisher(worker, membership, causes));
        this.pace = new PassPace(random, worker.nanoTime());
        this.pass = new Alarm(worker, this::read);
        this.verification = new Verification(settings, worker, pace, reader::isWatched, this::due);
        this.doubtsEnd = new Alarm(worker, membership::forgetDoubts);
    }

    /** What is published of the service. */
    public ServiceMembership membership() {
        return membership;
    }

    /**
     * Waits for what an earlier process stored, before anything is read: who holds what vanishes is to know both. A slow disk
     * delays the first reading for no longer than ZooKeeper's first answer may take.
     */
    public void restore(CompletableFuture<Optional<Stored>> lastGood) {
        waiting = true;
        worker.schedule(this::begin, MembershipView.PATIENCE);
        var unused = lastGood.thenAcceptAsync(stored -> stored.ifPresent(this::restored), worker)
                .whenCompleteAsync((done, failure) -> begin(), worker);
    }

    private void begin() {
        if (waiting) {
            waiting = false;
            request();
        }
    }

    /** Gives what is served until ZooKeeper's first answer, if that does not come very soon. */
    private void restored(Stored lastGood) {
        membership.remember(lastGood);
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

    private void doubted(String address) {
        doubtful.add(address);
        doubtsEnd.setFor(worker.nanoTime() + DOUBT_REST.toNanos());
        request();
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
     * @param spread the time over which the readings of all services are to be spread, as far as the settings allow
     */
    public void reconnected(Duration spread) {
        connected = true;
        Duration longest = settings.reconnectSpread();
        pace.spread(spread.compareTo(longest) < 0 ? spread : longest, worker.nanoTime());
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
            verification.disconnected();
        }
        view.disconnected();
    }

    /** Ends the reading, the watch and the publications. */
    public void close() {
        closed = true;
        pass.clear();
        verification.close();
        doubtsEnd.clear();
        view.close();
        reader.close();
    }

    private void request() {
        if (connected && !waiting && !reading && !closed) {
            pass.setFor(pace.earliestNanos());
        }
    }

    private void read() {
        reading = true;
        pace.started(worker.nanoTime());
        try {
            var unused = ask().whenComplete(this::ended);
        } catch (RuntimeException | Error e) {
            ended(null, e);
        }
    }

    private CompletableFuture<Reading> ask() {
        Known known = view.known();
        Set<String> marked = new HashSet<>(dirty);
        if (marked.remove(DIRECTORY) && known != null) {
            marked.addAll(known.ids());
        }
        if (!doubtful.isEmpty()) {
            marked.addAll(view.idsAt(doubtful));
        }
        boolean anew = everything;
        everything = false;
        dirty.clear();
        doubtful.clear();
        return anew ? reader.renew(known) : reader.read(marked, known);
    }

    private void ended(@Nullable Reading result, @Nullable Throwable failure) {
        reading = false;
        if (closed) {
            return;
        }
        try {
            if (result == null) {
                threw(failure);
            } else {
                finished(result);
            }
        } catch (RuntimeException | Error e) {
            threw(e);
        } finally {
            if (everything || !dirty.isEmpty() || !doubtful.isEmpty()) {
                request();
            }
        }
    }

    /** Whatever is thrown while a service is read, or an answer is taken, does not end the watching of it. */
    private void threw(@Nullable Throwable failure) {
        if (membership.countError() == 1 || pace.failures() == 0) {
            log.error(
                    Message.A_READING_FAILED.of("A reading of {} failed; please report this"),
                    Printable.of(membership.serviceId()),
                    failure);
        }
        failed(new Failed(Kind.OTHER, "its answer could not be taken: " + failure));
    }

    private void finished(Reading result) {
        if (result instanceof Failed failed) {
            failed(failed);
        } else if (connected) {
            take(result);
        } else {
            everything = true;
            lasting = null;
        }
    }

    private void take(Reading result) {
        long answered = worker.nanoTime();
        boolean taken = view.take(result);
        long now = worker.nanoTime();
        if (!taken) {
            everything = true;
            pace.failed(now, PassPace.LONGEST_WAIT);
            return;
        }
        pace.succeeded(answered, now);
        lasting = null;
        verification.taken(result, view.unreadable(), now);
    }

    private void due(Collection<String> nodes) {
        dirty.addAll(nodes);
        request();
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
}
