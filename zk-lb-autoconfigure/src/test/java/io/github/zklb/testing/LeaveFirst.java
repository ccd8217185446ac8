package io.github.zklb.testing;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.springframework.cloud.zookeeper.serviceregistry.ZookeeperAutoServiceRegistration;
import org.springframework.context.SmartLifecycle;

/**
 * Takes the leave that docs/operations.md recommends to providers: deregisters as the first thing at a shutdown, and lets
 * the server go on while the consumers learn of it.
 */
final class LeaveFirst implements SmartLifecycle {

    private final ZookeeperAutoServiceRegistration registration;
    private final Duration pause;
    private volatile boolean running;

    LeaveFirst(ZookeeperAutoServiceRegistration registration, Duration pause) {
        this.registration = registration;
        this.pause = pause;
    }

    @Override
    public void start() {
        running = true;
    }

    @Override
    public void stop() {
        registration.stop();
        running = false;
    }

    /** The default phase is the first to stop; that of the web server's graceful shutdown comes after it. */
    @Override
    public void stop(Runnable stopped) {
        stop();
        CompletableFuture.delayedExecutor(pause.toMillis(), TimeUnit.MILLISECONDS)
                .execute(stopped);
    }

    @Override
    public boolean isRunning() {
        return running;
    }
}
