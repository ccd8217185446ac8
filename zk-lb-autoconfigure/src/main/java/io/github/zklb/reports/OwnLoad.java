package io.github.zklb.reports;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.DoubleSupplier;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The load of this process, as a server reports it. Whoever asks for it has it measured, at most once each second: the processor
 * time and the requests since the time before, both averaged over the same {@link #DECAY}, so that they belong together. No thread
 * of its own: who is not asked measures nothing. Thread-safe.
 *
 * <p>The processor time is that of this process, not of the machine, and it is divided by the processors that Java sees, which
 * follow from the quota of its container.
 */
public final class OwnLoad {

    private static final Duration EACH = Duration.ofSeconds(1);

    /** The time over which the load is averaged. */
    private static final Duration DECAY = Duration.ofSeconds(5);

    private final LongSupplier nanoTime;
    private final LongSupplier cpuNanos;
    private final IntSupplier processors;
    private final DoubleSupplier application;
    private final LongAdder requests = new LongAdder();
    private final LongAdder errors = new LongAdder();
    private final AtomicBoolean measuring = new AtomicBoolean();
    private volatile Measured last;

    /** A measurement, and the report that follows from it, which is written once for all requests. */
    private record Measured(
            long at,
            long cpuNanos,
            long requests,
            long errors,
            @Nullable LoadReport report,
            @Nullable String text,
            @Nullable String json) {}

    /**
     * Nothing is known of the load yet.
     *
     * @param nanoTime monotonic time in nanoseconds
     * @param cpuNanos the processor time of this process in nanoseconds; negative if that is not known
     * @param processors how many processors it may use
     * @param application the part of its capacity that is in use, as the application itself knows it; NaN if it does not
     */
    public OwnLoad(LongSupplier nanoTime, LongSupplier cpuNanos, IntSupplier processors, DoubleSupplier application) {
        this.nanoTime = nanoTime;
        this.cpuNanos = cpuNanos;
        this.processors = processors;
        this.application = application;
        this.last = new Measured(nanoTime.getAsLong(), cpuNanos.getAsLong(), 0, 0, null, null, null);
    }

    /** A request was served. */
    public void served(boolean well) {
        requests.increment();
        if (!well) {
            errors.increment();
        }
    }

    /**
     * The report of the load of late, as the value of a header.
     *
     * @param format what the client asks for
     * @return null in the first second, or if that format is not known
     */
    public @Nullable String header(String format) {
        Measured now = measured();
        boolean text = LoadReport.TEXT.equalsIgnoreCase(format);
        return text ? now.text : LoadReport.JSON.equalsIgnoreCase(format) ? now.json : null;
    }

    /** The load of late; null in the first second. */
    @Nullable LoadReport report() {
        return measured().report;
    }

    private Measured measured() {
        long now = nanoTime.getAsLong();
        if (now - last.at >= EACH.toNanos() && measuring.compareAndSet(false, true)) {
            try {
                last = measured(last, now);
            } finally {
                measuring.set(false);
            }
        }
        return last;
    }

    private Measured measured(Measured before, long now) {
        long passed = now - before.at;
        if (passed < EACH.toNanos()) {
            return before; // another thread was faster
        }
        double seconds = passed / 1e9;
        double part = before.report == null ? 1 : -Math.expm1(-(double) passed / DECAY.toNanos());
        LoadReport past = before.report == null ? new LoadReport(0, 0, 0, 0) : before.report;
        long cpu = cpuNanos.getAsLong();
        long served = requests.sum();
        long failed = errors.sum();
        boolean known = cpu >= 0 && before.cpuNanos >= 0;
        double used = known ? Math.max(0, cpu - before.cpuNanos) / (double) passed / processors.getAsInt() : 0;
        LoadReport report = new LoadReport(
                past.cpu() + (used - past.cpu()) * part,
                known(application.getAsDouble()),
                past.requestsPerSecond() + ((served - before.requests) / seconds - past.requestsPerSecond()) * part,
                past.errorsPerSecond() + ((failed - before.errors) / seconds - past.errorsPerSecond()) * part);
        return new Measured(now, cpu, served, failed, report, report.text(), report.json());
    }

    /** What cannot be is as if the application did not say. */
    private static double known(double utilization) {
        return utilization > 0 && Double.isFinite(utilization) ? utilization : 0;
    }
}
