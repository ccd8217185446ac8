package io.github.zklb.sample.demo;

import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Shows that requests go on while ZooKeeper is away, and when it returns. */
final class Outage implements Step {

    private static final Duration AFTERWARDS = Duration.ofSeconds(2);

    @Override
    public String title(DemoSettings settings) {
        return String.format(
                "(d) ZooKeeper stopped for %d s under load", settings.outage().toSeconds());
    }

    @Override
    public void play(Scene scene) throws Exception {
        try (Load load = new Load(scene)) {
            scene.zookeeper().stop();
            scene.progress().say("    ZooKeeper is stopped");
            watch(load, scene.settings().outage(), scene.progress());
            scene.zookeeper().restart();
            scene.progress().say("    ZooKeeper is started again");
            Await.until(
                    "every provider is connected",
                    () -> scene.providers().stream().allMatch(Provider::connected));
            watch(load, AFTERWARDS, scene.progress());
            load.close();
            String requests = String.format(Locale.ROOT, "requests failed, of %,d sent", load.requests());
            scene.report().count(requests, load.failed(), 0);
            if (load.failed() > 0) {
                scene.progress().say("    the last that failed: %s", load.failure());
            }
        }
    }

    /** Lets the load run for the given time and tells every two seconds how it fares. */
    private static void watch(Load load, Duration time, Progress progress) throws InterruptedException {
        long end = System.nanoTime() + time.toNanos();
        for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
            TimeUnit.NANOSECONDS.sleep(Math.min(left, TimeUnit.SECONDS.toNanos(2)));
            progress.say("    %,d requests, %,d failed", load.requests(), load.failed());
        }
    }
}
