package io.github.zklb.engine.probes;

import io.github.zklb.Endpoint;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * When this client last reached anything, whatever the service: an endpoint answered a call, or took a probe's connection.
 * Who reaches nothing at all must not conclude that the others are gone. Thread-safe; a call reads the clock and one field.
 */
public final class LastContact {

    /** A busy client need not write at each call. */
    private static final long RESOLUTION_NANOS = 1_000_000;

    private final LongSupplier nanoTime;
    private volatile long at;

    /** Nothing was reached yet: that counts as an eternity ago. */
    public LastContact(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.at = nanoTime.getAsLong() - Long.MAX_VALUE / 2;
    }

    /** Something is reached now. */
    public void now() {
        long now = nanoTime.getAsLong();
        if (now - at >= RESOLUTION_NANOS) {
            at = now;
        }
    }

    /** The same probes; each that connects is told here, whoever has asked for it. */
    public Probes toldBy(Probes probes) {
        return new Probes() {
            @Override
            public void probe(Endpoint endpoint, Duration delay, Consumer<Verdict> verdict) {
                probes.probe(endpoint, delay, outcome -> {
                    if (outcome == Verdict.CONNECTED) {
                        now();
                    }
                    verdict.accept(outcome);
                });
            }

            @Override
            public void close() {
                probes.close();
            }
        };
    }

    /** When that was last, in monotonic time, to a millisecond. */
    public long nanoTime() {
        return at;
    }
}
