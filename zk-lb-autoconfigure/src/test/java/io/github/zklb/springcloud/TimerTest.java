package io.github.zklb.springcloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class TimerTest {

    private final AtomicInteger runs = new AtomicInteger();

    @Test
    void runsAtTheTimeSetLast() {
        try (Timer.Service service = new Timer.Service();
                Timer timer = new Timer(service, runs::incrementAndGet)) {
            timer.setFor(Duration.ofDays(1));
            timer.setFor(Duration.ofMillis(1));
            await().until(() -> runs.get() == 1);
        }
    }

    /** A service may be opened while the application ends. */
    @Test
    void isSetToNoEffectOnceItsServiceIsClosed() {
        Timer.Service used = new Timer.Service();
        Timer timer = new Timer(used, runs::incrementAndGet);
        timer.setFor(Duration.ofDays(1));
        used.close();
        timer.setFor(Duration.ZERO);

        Timer.Service unused = new Timer.Service();
        unused.close();
        new Timer(unused, runs::incrementAndGet).setFor(Duration.ZERO);
        assertThat(Thread.getAllStackTraces().keySet())
                .noneMatch(thread -> thread.getName().equals("zk-lb-timer") && thread.isAlive() && !thread.isDaemon());
        assertThat(runs).hasValue(0);
    }
}
