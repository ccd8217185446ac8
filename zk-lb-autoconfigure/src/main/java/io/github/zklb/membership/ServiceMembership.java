package io.github.zklb.membership;

import io.github.zklb.Endpoint;
import io.github.zklb.Message;
import io.github.zklb.codec.Printable;
import io.github.zklb.membership.Membership.Stored;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The membership of one service, as it is now and as it changes. Thread-safe. */
public final class ServiceMembership {

    private static final Logger log = LoggerFactory.getLogger(ServiceMembership.class);

    private final String serviceId;
    private final Worker worker;
    private final Runnable refresh;
    private final Consumer<String> doubted;
    private final Set<String> doubts = ConcurrentHashMap.newKeySet();
    private final List<Consumer<Membership>> listeners = new CopyOnWriteArrayList<>();
    private final CompletableFuture<Membership> firstAnswer = new CompletableFuture<>();
    private volatile Consumer<Membership> keeper = served -> {};
    private volatile @Nullable Stored lastGood;
    private volatile @Nullable Membership served;
    private volatile Membership current;
    private volatile int invalidNodes;
    private volatile int resets;
    private final AtomicInteger errors = new AtomicInteger();

    ServiceMembership(String serviceId, Membership initial, Worker worker, Runnable refresh, Consumer<String> doubted) {
        this.serviceId = serviceId;
        this.current = initial;
        this.worker = worker;
        this.refresh = refresh;
        this.doubted = doubted;
    }

    /** The service's id, as callers name it. */
    public String serviceId() {
        return serviceId;
    }

    /** The membership as it was last published. One volatile read. */
    public Membership current() {
        return current;
    }

    /**
     * Calls the listener with the current membership at once, and with each one that is published from then on. All
     * calls come from the worker thread that serves every service, one after the other: a listener must not wait. What
     * it throws is logged and harms nobody.
     *
     * @param listener receives memberships of ascending version
     * @return ends the subscription; a call that is under way still completes
     */
    public Subscription subscribe(Consumer<Membership> listener) {
        Consumer<Membership> own = membership -> call(listener, membership);
        worker.execute(() -> {
            listeners.add(own);
            own.accept(current);
        });
        return () -> worker.execute(() -> listeners.remove(own));
    }

    /**
     * The first membership that is an answer of ZooKeeper: {@link Membership.State#SYNCED SYNCED},
     * {@link Membership.State#ABSENT ABSENT} or {@link Membership.State#DENIED DENIED}. Completes on the worker thread,
     * after the listeners have heard of it.
     *
     * @return a future of the caller's own, which it may cancel or time out
     */
    public CompletableFuture<Membership> firstAnswer() {
        return firstAnswer.copy();
    }

    /** What an earlier process stored of the service; null if nothing is known of that. */
    public @Nullable Stored lastGood() {
        return lastGood;
    }

    /** Called on the worker, before the first answer is asked for. */
    void remember(Stored stored) {
        lastGood = stored;
    }

    /**
     * Tells what is served: {@link #current()}, and those that are held beside it. Who tells this once does so at each
     * change from then on.
     */
    public void serves(Membership known) {
        Membership last = served;
        if (last == null || last.state() != known.state() || !last.hosts().equals(known.hosts())) {
            served = known;
            worker.execute(() -> keeper.accept(known));
        }
    }

    /** What is served, as far as somebody tells; else what was published last. */
    public Membership served() {
        Membership told = served;
        return told == null ? current : told;
    }

    /**
     * Calls the keeper with what is to be kept of the service for a later process, on the worker: what is served, so that what
     * is held is not lost with this process. As long as nobody tells what is served, it is what is published.
     */
    public void keep(Consumer<Membership> by) {
        keeper = by;
        subscribe(membership -> {
            if (served == null || !membership.state().isWhole()) {
                by.accept(membership);
            }
        });
    }

    /**
     * How many nodes of the service have no valid content at present, or cannot be read. Their last valid values are
     * among the endpoints, if they had any.
     */
    public int invalidNodes() {
        return invalidNodes;
    }

    /** How many times there were signs that the ensemble lost its data: whatever vanishes then is not to be believed. */
    public int resets() {
        return resets;
    }

    /** How many readings ended in an error of zk-lb's own, or of a listener's; each was logged, or tried again in silence. */
    public int errors() {
        return errors.get();
    }

    /** Called on the worker. */
    int countError() {
        return errors.incrementAndGet();
    }

    /** Ends with {@link #close}. */
    @FunctionalInterface
    public interface Subscription extends AutoCloseable {

        /** No further membership is passed on; a call that is under way still completes. */
        @Override
        void close();
    }

    /** Asks for a complete reading soon. Returns at once. */
    public void refresh() {
        worker.execute(refresh);
    }

    /**
     * Tells that something speaks against an endpoint, as a connection that fails or an ejection: its registration is read
     * again soon. Returns at once; an address that was told in the last seconds costs one look-up.
     *
     * @param address the endpoint's address, as {@link Endpoint#address()} gives it
     */
    public void doubt(String address) {
        if (doubts.add(address)) {
            worker.execute(() -> doubted.accept(address));
        }
    }

    /** Called on the worker. */
    void forgetDoubts() {
        doubts.clear();
    }

    /** Called on the worker. */
    void tell(int invalid, int resetCount) {
        invalidNodes = invalid;
        resets = resetCount;
    }

    /** Called on the worker. */
    void publish(Membership next) {
        current = next;
        listeners.forEach(listener -> listener.accept(next));
        if (next.state().isAnswer()) {
            firstAnswer.complete(next);
        }
    }

    private void call(Consumer<Membership> listener, Membership membership) {
        try {
            listener.accept(membership);
        } catch (RuntimeException | Error e) {
            log.error(
                    Message.A_LISTENER_FAILED.of("A listener of the membership of {} failed"),
                    Printable.of(serviceId),
                    e);
        }
    }
}
