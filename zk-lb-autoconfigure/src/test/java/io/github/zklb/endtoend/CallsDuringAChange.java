package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.Consumer.Client;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Calls of one service at a steady rate, of which none waits for another: by RestClient and WebClient in turn. Whether one waits
 * is no matter of time: a call that goes to a host that has vanished has no answer at all.
 */
@SuppressWarnings("NullAway") // a map of all phases has each
final class CallsDuringAChange implements AutoCloseable {

    private static final int MILLIS_BETWEEN = 5;

    private enum Phase {
        BEFORE,
        CHANGING,
        AFTER
    }

    private final Consumer consumer;
    private final String url;
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor();
    private final ExecutorService callers = Executors.newCachedThreadPool();
    private final AtomicInteger sent = new AtomicInteger();
    private final Map<Phase, AtomicInteger> unanswered = new EnumMap<>(Phase.class);
    private final Map<Phase, Set<String>> answered = new EnumMap<>(Phase.class);
    private final List<String> failed = new CopyOnWriteArrayList<>();
    private volatile Phase phase = Phase.BEFORE;
    private volatile boolean mayFail;

    CallsDuringAChange(Consumer consumer, String serviceId) {
        this.consumer = consumer;
        this.url = "http://" + serviceId + "/";
        for (Phase each : Phase.values()) {
            answered.put(each, ConcurrentHashMap.newKeySet());
            unanswered.put(each, new AtomicInteger());
        }
        clock.scheduleWithFixedDelay(() -> callers.execute(this::call), 0, MILLIS_BETWEEN, TimeUnit.MILLISECONDS);
    }

    private void call() {
        Client client = sent.getAndIncrement() % 2 == 0 ? Client.REST_CLIENT : Client.WEB_CLIENT;
        Phase begun = phase;
        unanswered.get(begun).incrementAndGet();
        try {
            answered.get(begun).add(consumer.get(client, url, Map.of()));
        } catch (RuntimeException e) {
            if (begun == Phase.AFTER || !mayFail) {
                failed.add(begun + " by " + client + ": " + e);
            }
        } finally {
            unanswered.get(begun).decrementAndGet();
        }
    }

    /** Waits until all these answer. */
    void awaitAnswersOf(Set<String> names) {
        await().until(() -> !failed.isEmpty() || answered().containsAll(names));
        assertThat(failed).isEmpty();
    }

    /** Until the change is published, hosts that are still registered vanish: a call that begins before may fail. */
    void changeBegins() {
        mayFail = true;
        phase = Phase.CHANGING;
    }

    /** The change is published: from now on each call has an answer. */
    void changeIsPublished() {
        phase = Phase.AFTER;
    }

    /** Waits until so many more calls have begun, and each of them has ended, none of them without an answer. */
    void allAreAnswered(int calls) {
        int enough = sent.get() + calls;
        await().until(() -> !failed.isEmpty() || sent.get() >= enough);
        clock.shutdownNow();
        assertThat(failed).isEmpty();
        await("each call has an answer")
                .until(() -> !failed.isEmpty() || unanswered.get(Phase.AFTER).get() == 0);
        assertThat(failed).isEmpty();
    }

    /** Who has answered calls that began in the present phase. */
    Set<String> answered() {
        return answered.get(phase);
    }

    /** How many of the calls that began during the change have no answer. */
    int unansweredDuringTheChange() {
        return unanswered.get(Phase.CHANGING).get();
    }

    @Override
    public void close() {
        clock.shutdownNow();
        callers.shutdownNow();
    }
}
