package io.github.zklb.membership;

import io.github.zklb.codec.Printable;
import io.github.zklb.membership.ReadingFailedException.Kind;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/**
 * Decides when the directory of one service is read, and how much of it: what is dirty when something was signalled,
 * everything after each connection, each failure and each resync interval. One reading at a time, and none without a
 * connection. Used by the worker only, but for the signals.
 */
public final class ServiceLoop implements DirectoryReader.Signals {

    private final MembershipSettings settings;
    private final Worker worker;
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

    public ServiceLoop(
            String path,
            MembershipSettings settings,
            Worker worker,
            DirectoryReader.Factory readers,
            MembershipView view,
            PassPace pace) {
        this.settings = settings;
        this.worker = worker;
        this.reader = readers.open(path, settings, this);
        this.view = view;
        this.pace = pace;
        this.pass = new Alarm(worker, this::read);
        this.resync = new Alarm(worker, this::refresh);
        this.retry = new Alarm(worker, this::retryUnreadable);
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
    public void refresh() {
        everything = true;
        request();
    }

    /** An endpoint refuses connections. */
    public void refused(String address) {
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
        boolean all = everything;
        Set<String> marked = Set.copyOf(dirty);
        everything = false;
        dirty.clear();
        CompletableFuture<Reading> answer =
                all ? reader.readAll() : reader.read(id -> marked.contains(id) || !view.knows(id));
        var unused = answer.whenComplete((result, failure) -> finished(all, result, failure));
    }

    private void finished(boolean all, @Nullable Reading result, @Nullable Throwable failure) {
        reading = false;
        if (closed) {
            return;
        }
        if (!connected) {
            everything = true;
            retreat(failure);
        } else if (result == null) {
            failed(failure);
        } else {
            took(all, view.take(result));
        }
        if (everything || !dirty.isEmpty()) {
            request();
        }
    }

    private void took(boolean all, MembershipView.Verdict verdict) {
        long now = worker.nanoTime();
        switch (verdict) {
            case TAKEN -> {
                pace.succeeded();
                lasting = null;
                if (all) {
                    resync.clear();
                    resync.setFor(pace.resyncNanos(settings.resyncInterval(), now));
                }
                planRetry(now);
            }
            case FALLS_SHORT -> everything = true;
            case LAGS -> {
                everything = true;
                pace.failed(now);
                view.failed("its answer is older than what was read before");
            }
            case DENIED -> {
                everything = true;
                pace.failed(now);
            }
        }
    }

    private void failed(@Nullable Throwable failure) {
        everything = true;
        retreat(failure);
        if (isOf(Kind.AUTHENTICATION_REFUSED, causeOf(failure))) {
            view.disconnected(); // whoever looks after the connection says why
        } else {
            view.failed(reason(causeOf(failure)));
        }
    }

    /** Puts the next reading off. */
    private void retreat(@Nullable Throwable failure) {
        Throwable cause = causeOf(failure);
        boolean tooLarge = isOf(Kind.LIST_TOO_LARGE, cause);
        lasting = tooLarge && cause != null ? cause.getMessage() : null;
        if (cause instanceof TimeoutException) {
            pace.timedOut(worker.nanoTime());
        } else if (tooLarge) {
            pace.failed(worker.nanoTime(), settings.resyncInterval());
        } else if (cause != null) {
            pace.failed(worker.nanoTime());
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

    private static @Nullable Throwable causeOf(@Nullable Throwable failure) {
        return failure instanceof CompletionException ? failure.getCause() : failure;
    }

    private static boolean isOf(Kind kind, @Nullable Throwable failure) {
        return failure instanceof ReadingFailedException failed && failed.kind() == kind;
    }

    private String reason(@Nullable Throwable cause) {
        if (isOf(Kind.CONNECTION_LOST, cause)) {
            return pace.failures() < 3
                    ? "the connection broke"
                    : "the connection broke repeatedly, which happens when an answer is larger than jute.maxbuffer";
        }
        return Printable.of(String.valueOf(cause == null ? null : cause.getMessage()));
    }
}
