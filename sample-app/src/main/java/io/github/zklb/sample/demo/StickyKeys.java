package io.github.zklb.sample.demo;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** Shows that a user's requests go to one provider, whichever client sends them, and how few move when one is killed. */
final class StickyKeys implements Step {

    @Override
    public String title(DemoSettings settings) {
        return String.format(Locale.ROOT, "(b) %,d users, each through all three clients", settings.keys());
    }

    @Override
    public void play(Scene scene) throws Exception {
        int keys = scene.settings().keys();
        AtomicInteger disagreements = new AtomicInteger();
        Provider[] before = providersOf(keys, scene, disagreements);

        Provider killed = scene.providers().get(1);
        List<Provider> others = new ArrayList<>(scene.providers());
        others.remove(killed);
        scene.progress().say("    %s is killed", killed.name());
        killed.kill();
        scene.awaitServing(others);
        killed.stop();
        Provider[] without = providersOf(keys, scene, disagreements);

        killed.start();
        scene.awaitServing(scene.providers());
        scene.progress().say("    %s is back", killed.name());
        Provider[] after = providersOf(keys, scene, disagreements);

        Report report = scene.report();
        report.count("users whose clients disagreed", disagreements.get(), 0);
        report.count(
                killed.name() + " killed: its users that moved",
                count(keys, i -> before[i] == killed && without[i] != killed),
                count(keys, i -> before[i] == killed));
        report.count(
                "users of the others that moved", count(keys, i -> before[i] != killed && without[i] != before[i]), 0);
        report.count(killed.name() + " back: users where they were", count(keys, i -> after[i] == before[i]), keys);
    }

    private static Provider[] providersOf(int keys, Scene scene, AtomicInteger disagreements) throws Exception {
        Provider[] providers = new Provider[keys];
        Batch.run(
                keys,
                i -> {
                    String user = "user-" + i;
                    providers[i] = scene.call(0, user);
                    if (scene.call(1, user) != providers[i] || scene.call(2, user) != providers[i]) {
                        disagreements.incrementAndGet();
                    }
                },
                scene.progress());
        return providers;
    }

    private static long count(int keys, IntPredicate condition) {
        return IntStream.range(0, keys).filter(condition).count();
    }
}
