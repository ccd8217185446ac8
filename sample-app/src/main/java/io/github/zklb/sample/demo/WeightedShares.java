package io.github.zklb.sample.demo;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Shows that each provider gets requests in proportion to its weight. */
final class WeightedShares implements Step {

    private static final double TOLERANCE = 0.01;

    @Override
    public String title(DemoSettings settings) {
        return String.format(Locale.ROOT, "(a) shares of %,d requests without a user, by weight", settings.requests());
    }

    @Override
    public void play(Scene scene) throws Exception {
        int requests = scene.settings().requests();
        Map<Provider, Integer> answers = new ConcurrentHashMap<>();
        Batch.run(requests, i -> answers.merge(scene.call(i, null), 1, Integer::sum), scene.progress());

        List<Provider> providers = scene.providers();
        double weights = providers.stream().mapToInt(Provider::weight).sum();
        for (Provider provider : providers) {
            double share = answers.getOrDefault(provider, 0) / (double) requests;
            double ideal = provider.weight() / weights;
            boolean right = Math.abs(share - ideal) <= TOLERANCE * ideal;
            scene.report()
                    .row(provider.name() + ", weight " + provider.weight(), percent(share), percent(ideal), right);
        }
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.2f %%", 100 * share);
    }
}
