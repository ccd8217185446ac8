package io.github.zklb.springcloud;

import io.github.zklb.Acceptance;
import io.github.zklb.HostSet;
import io.github.zklb.traffic.CallLoads;
import io.github.zklb.traffic.Ejections;
import io.github.zklb.traffic.OutlierEjection;
import io.github.zklb.traffic.SlowStart;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How much of its share each endpoint of one service is given at present: less while it warms up, nothing while it is
 * ejected. For one thread at a time.
 */
final class Admittance {

    private static final Logger log = LoggerFactory.getLogger(Admittance.class);

    /** So many steps take an endpoint from its first share to its whole one. */
    private static final int SLOW_START_STEPS = 20;

    private final String serviceId;
    private final CallLoads loads;
    private final SlowStart slowStart;
    private final OutlierEjection outlierEjection;
    private final LongSupplier nanoTime;
    private volatile Ejections ejections = Ejections.NONE;
    private final AtomicLong ejected = new AtomicLong();
    private long sweptAt;

    Admittance(String serviceId, CallLoads loads, LongSupplier nanoTime) {
        this.serviceId = serviceId;
        this.loads = loads;
        this.slowStart = new SlowStart(nanoTime);
        this.outlierEjection = new OutlierEjection(nanoTime);
        this.nanoTime = nanoTime;
        this.sweptAt = nanoTime.getAsLong();
    }

    /** What each endpoint is given now; sweeps for outliers when a sweep is due. */
    Acceptance update(HostSet serving, ServiceSettings settings) {
        Acceptance warmUp = slowStart.update(serving, settings.slowStart());
        long now = nanoTime.getAsLong();
        boolean due = now - sweptAt >= settings.outlierEjection().interval().toNanos();
        if (due || !settings.outlierEjection().enabled()) {
            sweptAt = now;
            take(outlierEjection.sweep(serving, loads, settings.outlierEjection()));
        }
        Acceptance ejected = ejections.addresses().isEmpty() ? Acceptance.FULL : ejections;
        return ejected.and(warmUp);
    }

    /** The time until the next update, or null if nothing but a change of the endpoints asks for one. */
    @Nullable Duration untilNextUpdate(ServiceSettings settings) {
        Duration sweep = settings.outlierEjection().enabled()
                ? settings.outlierEjection().interval()
                : null;
        Duration step = slowStart.isWarming()
                ? settings.slowStart().window().dividedBy(SLOW_START_STEPS).plusMillis(1)
                : null;
        if (sweep == null || step == null) {
            return sweep == null ? step : sweep;
        }
        return sweep.compareTo(step) < 0 ? sweep : step;
    }

    /** What is ejected at present. */
    Ejections ejections() {
        return ejections;
    }

    /** How many ejections there have been. */
    long ejected() {
        return ejected.get();
    }

    private void take(Ejections next) {
        Ejections last = ejections;
        if (!next.equals(last)) {
            long others =
                    last.addresses().stream().filter(next.addresses()::contains).count();
            ejected.addAndGet(next.addresses().size() - others);
            log.info(
                    "service {}: ejected for failing: {}{}",
                    serviceId,
                    next.addresses().isEmpty() ? "none" : next.addresses(),
                    next.panic() ? "; ignored, since too few others are left" : "");
        }
        ejections = next;
    }
}
