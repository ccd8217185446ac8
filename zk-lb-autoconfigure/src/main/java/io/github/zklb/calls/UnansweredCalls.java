package io.github.zklb.calls;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Finds out which endpoints are called and answer nothing at all for a second, whichever call an answer belongs to. Thread-safe; a call
 * costs a look-up and, if it is the first one without an answer, an entry. There is a timer only while there are such entries.
 */
public final class UnansweredCalls {

    /** So long an endpoint may answer nothing. */
    static final Duration SILENCE = Duration.ofSeconds(1);

    private final LongSupplier nanoTime;
    private final BiConsumer<Runnable, Duration> timer;
    private final Consumer<String> silent;
    private final Map<String, Long> since = new ConcurrentHashMap<>();
    private final AtomicBoolean isTimed = new AtomicBoolean();

    /**
     * Knows of no call.
     *
     * @param nanoTime monotonic time
     * @param timer runs a task after a delay
     * @param silent is told the address of an endpoint that has answered nothing for a second. It is told again after another one, if it
     *     is called again
     */
    public UnansweredCalls(LongSupplier nanoTime, BiConsumer<Runnable, Duration> timer, Consumer<String> silent) {
        this.nanoTime = nanoTime;
        this.timer = timer;
        this.silent = silent;
    }

    /** A call to an endpoint begins. */
    public void began(String address) {
        since.putIfAbsent(address, nanoTime.getAsLong());
        tellIn(SILENCE);
    }

    /** An endpoint has answered a call, or it is known that it does not. */
    public void ended(String address) {
        since.remove(address);
    }

    private void tellIn(Duration delay) {
        if (!isTimed.get() && isTimed.compareAndSet(false, true)) {
            timer.accept(this::tell, delay);
        }
    }

    private void tell() {
        isTimed.set(false);
        long now = nanoTime.getAsLong();
        since.forEach((address, began) -> {
            if (now - began >= SILENCE.toNanos() && since.remove(address, began)) {
                silent.accept(address);
            }
        });
        long longest =
                since.values().stream().mapToLong(began -> now - began).max().orElse(0);
        if (!since.isEmpty()) {
            tellIn(SILENCE.minusNanos(longest));
        }
    }
}
