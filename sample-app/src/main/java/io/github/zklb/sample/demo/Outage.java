package io.github.zklb.sample.demo;

import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/** Shows that requests go on while ZooKeeper is away, and when it returns. */
final class Outage implements Step {

    private static final Duration AFTERWARDS = Duration.ofSeconds(2);
    private static final long SLOWEST_MILLIS = 1_000;

    @Override
    public String title(DemoSettings settings) {
        return String.format(
                "(d) ZooKeeper stopped for %d s under load", settings.outage().toSeconds());
    }

    @Override
    public void play(Scene scene) throws Exception {
        Load load = new Load(scene);
        try (load) {
            scene.zookeeper().stop();
            scene.progress().say("    ZooKeeper is stopped");
            watch(load, scene.settings().outage(), scene.progress());
            scene.zookeeper().restart();
            scene.progress().say("    ZooKeeper is started again");
            Await.until(
                    "every provider is connected",
                    () -> scene.providers().stream().allMatch(Provider::connected));
            watch(load, AFTERWARDS, scene.progress());
        }
        String what = String.format(Locale.ROOT, "requests failed, of %,d sent", load.requests());
        scene.report().count(what, load.failed(), 0);
        scene.report().millis("slowest of them", load.slowestNanos(), SLOWEST_MILLIS);
        if (load.failed() > 0) {
            scene.progress().say("    the last that failed: %s", load.failure());
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
