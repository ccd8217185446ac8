package io.github.zklb.sample.demo;

/** Shows how soon a change in ZooKeeper is seen in the choice of a provider. */
final class LiveChanges implements Step {

    private static final long LIMIT_MILLIS = 1_000;

    @Override
    public String title(DemoSettings settings) {
        return "(c) time from a change in ZooKeeper to its effect";
    }

    @Override
    public void play(Scene scene) throws Exception {
        Provider provider = scene.providers().get(0);
        Report report = scene.report();
        Load load = new Load(scene);
        try (load) {
            load.nanosToFirst(provider, System.nanoTime());

            scene.progress().say("    %s is killed", provider.name());
            long killed = System.nanoTime();
            provider.kill();
            report.millis(
                    provider.name() + " killed: last request to it", load.nanosToLast(provider, killed), LIMIT_MILLIS);
            provider.stop();
            provider.start();
            load.nanosToFirst(provider, System.nanoTime());

            scene.progress().say("    the weight of %s goes to 0 and back to %d", provider.name(), provider.weight());
            long drained = System.nanoTime();
            provider.setWeight(0);
            report.millis("its weight set to 0: last request to it", load.nanosToLast(provider, drained), LIMIT_MILLIS);
            long raised = System.nanoTime();
            provider.setWeight(provider.weight());
            report.millis(
                    "set to " + provider.weight() + " again: first request to it",
                    load.nanosToFirst(provider, raised),
                    LIMIT_MILLIS);
        }
        report.count("requests failed meanwhile", load.failed(), 0);
    }
}
