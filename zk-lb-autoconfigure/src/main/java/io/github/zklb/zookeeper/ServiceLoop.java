package io.github.zklb.zookeeper;

import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import org.apache.zookeeper.KeeperException;
import org.jspecify.annotations.Nullable;

/**
 * Decides when the directory of one service is read, and how much of it: what is dirty when something was signalled,
 * everything after each connection, each failure and each resync interval. One reading at a time, and none without a
 * connection. Used by the worker only, but for the signals.
 */
final class ServiceLoop implements DirectoryReader.Signals {

    private final MembershipSettings settings;
    private final Worker worker;
    private final DirectoryReader reader;
    private final MembershipView view;
    private final PassPace pace;
    private final Alarm pass;
    private final Alarm resync;

    private final Set<String> dirty = new HashSet<>();
    private boolean everything = true;
    private boolean reading;
    private boolean connected;
    private boolean closed;

    ServiceLoop(
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

    /** There is a connection. Says nothing new to a service that was opened on it. */
    void connected() {
        if (!connected) {
            reconnected();
        }
    }

    /** There is a connection again, perhaps to another server, perhaps in another session. */
    void reconnected() {
        connected = true;
        refresh();
    }

    /** There is no connection, or something new is known of the reason. */
    void disconnected() {
        connected = false;
        pass.clear();
        view.disconnected();
    }

    void close() {
        closed = true;
        pass.clear();
        resync.clear();
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
                if (all) {
                    resync.clear();
                    resync.setFor(pace.resyncNanos(settings.resyncInterval(), now));
                }
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
        Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
        if (cause instanceof TimeoutException) {
            pace.timedOut(worker.nanoTime());
        } else {
            pace.failed(worker.nanoTime());
        }
        view.failed(reason(cause));
    }

    private String reason(@Nullable Throwable cause) {
        if (cause instanceof KeeperException.ConnectionLossException) {
            return pace.failures() < 3
                    ? "the connection broke"
                    : "the connection broke repeatedly, which happens when an answer is larger than jute.maxbuffer";
        }
        return Printable.of(String.valueOf(cause == null ? null : cause.getMessage()));
    }
}
