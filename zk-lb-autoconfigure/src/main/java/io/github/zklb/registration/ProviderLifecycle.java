package io.github.zklb.registration;

import static org.springframework.cloud.zookeeper.support.StatusConstants.STATUS_OUT_OF_SERVICE;
import static org.springframework.cloud.zookeeper.support.StatusConstants.STATUS_UP;

import io.github.zklb.Message;
import io.github.zklb.WarmUp;
import io.github.zklb.membership.WorkerThread;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.boot.availability.AvailabilityChangeEvent;
import org.springframework.boot.availability.ReadinessState;
import org.springframework.context.ApplicationContext;
import org.springframework.context.ApplicationListener;
import org.springframework.context.SmartLifecycle;

/**
 * Lets the application's registration be {@code UP} while the application accepts traffic, and leave before the server stops:
 * {@code OUT_OF_SERVICE}, a delay in which consumers see it, deregistration. A status that somebody else has given stays.
 *
 * <p>All writes are made on one thread, which may wait for ZooKeeper. Neither the start nor the stop waits for a write longer
 * than a second.
 */
final class ProviderLifecycle
        implements SmartLifecycle, ApplicationListener<AvailabilityChangeEvent<ReadinessState>>, DisposableBean {

    private static final Logger log = LoggerFactory.getLogger(ProviderLifecycle.class);
    private static final Duration LONGEST_WRITE = Duration.ofSeconds(1);

    /** After so long a warm-up an operator is told of it. */
    static final Duration LONG_WARM_UP = Duration.ofSeconds(60);

    private static final Duration RETRY = Duration.ofSeconds(1);

    private final ApplicationContext context;
    private final OwnRegistration own;
    private final List<WarmUp> warmUps;
    private final Duration drainDelay;
    private final Duration longWarmUp;
    private final WorkerThread worker = new WorkerThread("zk-lb-provider");
    private volatile boolean running;
    private volatile boolean leaving;

    // The worker's own.
    private boolean accepting;
    private boolean outByUs;
    private @Nullable Long outSince;
    private boolean unwritten;
    private boolean warm;
    private boolean warming;

    /**
     * A lifecycle of an application that has not started.
     *
     * @param context the application's context, to tell its own events from those of others
     * @param own its registration
     * @param beginsOut whether it begins {@code OUT_OF_SERVICE} because nobody has said otherwise
     * @param warmUps what is done before it is {@code UP} for the first time
     * @param drainDelay the time between leaving and the stop of the server
     * @param longWarmUp the time after which an operator is told that the warm-up has not ended
     */
    ProviderLifecycle(
            ApplicationContext context,
            OwnRegistration own,
            boolean beginsOut,
            List<WarmUp> warmUps,
            Duration drainDelay,
            Duration longWarmUp) {
        this.context = context;
        this.own = own;
        this.outByUs = beginsOut;
        this.warmUps = warmUps;
        this.drainDelay = drainDelay;
        this.longWarmUp = longWarmUp;
        this.warm = warmUps.isEmpty();
    }

    @Override
    public void onApplicationEvent(AvailabilityChangeEvent<ReadinessState> event) {
        if (!event.getSource().equals(context) || leaving) {
            return;
        }
        boolean accepts = event.getState() == ReadinessState.ACCEPTING_TRAFFIC;
        CompletableFuture<Void> followed = onWorker(() -> {
            accepting = accepts;
            follow();
        });
        if (!accepts) {
            return;
        }
        try {
            followed.get(LONGEST_WRITE.toMillis(), TimeUnit.MILLISECONDS); // whoever started the application finds it
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (ExecutionException | TimeoutException e) {
            log.debug("{} follows later", own, e);
        }
    }

    /** Brings the status in line with whether the application accepts traffic, if it is ours to change. */
    private void follow() {
        if (leaving || !own.isWritten()) {
            return;
        }
        if (!accepting) {
            if (own.isUp()) {
                outByUs = true;
                write(STATUS_OUT_OF_SERVICE, Level.WARN);
            }
        } else if (!warm) {
            warmUp();
        } else if (outByUs && own.isOutOfService()) {
            outByUs = false;
            write(STATUS_UP, Level.WARN);
        }
    }

    /** Until it succeeds. Spring's registry writes it, too, when it registers anew after a reconnection. */
    private void write(String status, Level failureTold) {
        outSince = null;
        unwritten = true;
        try {
            own.setStatus(status);
            unwritten = false;
            outSince = status.equals(STATUS_UP) ? null : Long.valueOf(worker.nanoTime());
            log.info("{} is {}", own, status);
        } catch (RuntimeException e) {
            log.atLevel(failureTold)
                    .log(
                            Message.A_STATUS_THAT_IS_NOT_WRITTEN_YET.of(
                                    "{} is not {} in ZooKeeper yet, which is tried again: {}"),
                            own,
                            status,
                            e.getMessage());
            worker.schedule(
                    () -> {
                        if (!leaving && own.status().equals(status)) {
                            write(status, Level.DEBUG);
                        } else {
                            unwritten &= leaving; // somebody else has written another one
                        }
                    },
                    RETRY);
        }
    }

    private void warmUp() {
        if (warming) {
            return;
        }
        warming = true;
        Runnable cancel = worker.schedule(
                () -> log.warn(
                        Message.A_WARM_UP_THAT_DOES_NOT_END.of(
                                "{} has been {} for {} s, since its warm-up has not ended: see the beans of type {}"),
                        own,
                        STATUS_OUT_OF_SERVICE,
                        longWarmUp.toSeconds(),
                        WarmUp.class.getName()),
                longWarmUp);
        WorkerThread.daemons("zk-lb-warm-up")
                .newThread(() -> {
                    warmUps.forEach(ProviderLifecycle::run);
                    worker.execute(() -> {
                        cancel.run();
                        warm = true;
                        follow();
                    });
                })
                .start();
    }

    private static void run(WarmUp warmUp) {
        try {
            warmUp.warmUp();
        } catch (Exception | Error e) {
            log.error(
                    Message.A_WARM_UP_THAT_FAILED.of("The warm-up {} failed; the application joins without it"),
                    warmUp.getClass().getName(),
                    e);
        }
    }

    /** The first to start last, and to stop first: before the graceful shutdown of the web server. */
    @Override
    public int getPhase() {
        return Integer.MAX_VALUE;
    }

    /** After a stop, registers again. */
    @Override
    public void start() {
        running = true;
        if (leaving) {
            leaving = false;
            var unused = onWorker(() -> {
                if (own.isWritten()) {
                    own.register();
                    follow();
                }
            });
        }
    }

    @Override
    public void stop() {
        stop(() -> {});
    }

    @Override
    public void stop(Runnable stopped) {
        running = false;
        leaving = true;
        var unused = CompletableFuture.supplyAsync(this::leave, worker)
                .orTimeout(LONGEST_WRITE.toMillis(), TimeUnit.MILLISECONDS)
                .thenCompose(this::deregisterAfter)
                .whenComplete((done, failure) -> {
                    if (failure != null) {
                        log.warn(
                                Message.IT_COULD_NOT_LEAVE_IN_ORDER.of(
                                        "{} could not leave in order, and goes with its session: {}"),
                                own,
                                failure.toString());
                    }
                    stopped.run();
                });
    }

    /**
     * Writes that it leaves, perhaps once more: a context that closes says before that it refuses traffic.
     *
     * @return the time that is left to consumers that still see it {@code UP}
     */
    private Duration leave() {
        if (!own.isWritten()) {
            return Duration.ZERO;
        }
        own.awaitConnection(LONGEST_WRITE.dividedBy(2)); // what is left of the time is for the write
        boolean seenUp = own.isUp() || unwritten;
        outByUs |= own.isUp();
        own.setStatus(STATUS_OUT_OF_SERVICE);
        if (seenUp) {
            outSince = worker.nanoTime(); // consumers see it from now on, not from when it was to be written
        }
        Duration left = outSince == null ? Duration.ZERO : drainDelay.minusNanos(worker.nanoTime() - outSince);
        log.info("{} leaves; the server stops in {} ms", own, Math.max(0, left.toMillis()));
        return left;
    }

    private CompletableFuture<Void> deregisterAfter(Duration delay) {
        Runnable deregister = () -> {
            if (own.isWritten()) {
                own.deregister();
            }
        };
        return CompletableFuture.runAsync(
                        () -> {}, CompletableFuture.delayedExecutor(delay.toMillis(), TimeUnit.MILLISECONDS, worker))
                .thenCompose(waited -> onWorker(deregister).orTimeout(LONGEST_WRITE.toMillis(), TimeUnit.MILLISECONDS));
    }

    private CompletableFuture<Void> onWorker(Runnable task) {
        return CompletableFuture.runAsync(task, worker);
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public void destroy() {
        worker.close();
    }
}
