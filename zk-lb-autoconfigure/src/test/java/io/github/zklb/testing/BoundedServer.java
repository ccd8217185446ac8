package io.github.zklb.testing;

import io.github.zklb.reports.LoadReport;
import io.github.zklb.reports.OwnLoad;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;

/**
 * An HTTP server as fast as it is told to be: one processor that only exists on paper serves one request after the other. It
 * reports its load to whoever asks, as any server may that speaks ORCA.
 */
public final class BoundedServer implements AutoCloseable {

    private static final double SECOND = 1e9;

    private final double capacity;
    private final Kind kind;
    private final OwnLoad load = new OwnLoad(System::nanoTime, this::usedNanos, () -> 1, () -> Double.NaN);
    private final DisposableServer server;
    private long busyNanos;
    private long freeAt = System.nanoTime();

    /** How a server reports. */
    public enum Kind {
        REPORTS,
        SILENT,
        /** It says that it is idle. */
        LIES
    }

    /** Starts a server of a capacity, in requests a second, on a free port. */
    public BoundedServer(Kind kind, double capacity) {
        this.kind = kind;
        this.capacity = capacity;
        this.server = TestServers.create()
                .host("127.0.0.1")
                .port(0)
                .handle((request, response) -> {
                    String report = report();
                    if (report != null && request.requestHeaders().contains(LoadReport.ASKING_HEADER)) {
                        response.header(LoadReport.HEADER, report);
                    }
                    return response.sendString(
                            Mono.just("served").delayElement(turn()).doOnNext(served -> load.served(true)));
                })
                .bindNow();
    }

    private @Nullable String report() {
        return switch (kind) {
            case REPORTS -> load.header(LoadReport.TEXT);
            case SILENT -> null;
            case LIES -> "TEXT application_utilization=0.0001,rps_fractional=100";
        };
    }

    /** How long a request that comes now takes. */
    private synchronized Duration turn() {
        long now = System.nanoTime();
        long nanos = (long) (SECOND / capacity);
        busyNanos += nanos;
        freeAt = Math.max(now, freeAt) + nanos;
        return Duration.ofNanos(freeAt - now);
    }

    /** For how long its processor has been in use. */
    public synchronized long usedNanos() {
        return busyNanos - Math.max(0, freeAt - System.nanoTime());
    }

    /** Where it listens, on the loopback address. */
    public int port() {
        return server.port();
    }

    @Override
    public void close() {
        server.disposeNow();
    }
}
