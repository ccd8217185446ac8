package io.github.zklb.benchmarks.simulator;

import java.util.List;

/** What goes wrong. */
enum Scenario {
    SLOW("One endpoint ten times slower", "one 10 × slower", 6_000, Behaviour.SLOW),
    FAILING("One endpoint failing fast", "one failing fast", 6_000, Behaviour.FAILING),
    COLD("One endpoint new and cold", "one new and cold", 6_000, Behaviour.COLD),
    ALL(
            "One failing fast, one slow and one cold under three times the load",
            "all three, 3 × the load",
            18_000,
            Behaviour.FAILING,
            Behaviour.SLOW,
            Behaviour.COLD);

    final String title;
    final String shortTitle;
    final int requestsPerSecond;
    private final List<Behaviour> faults;

    Scenario(String title, String shortTitle, int requestsPerSecond, Behaviour... faults) {
        this.title = title;
        this.shortTitle = shortTitle;
        this.requestsPerSecond = requestsPerSecond;
        this.faults = List.of(faults);
    }

    /**
     * What becomes of a server; one that becomes cold is not there before.
     *
     * @param place how many servers it is behind the first faulty one
     */
    Behaviour behaviour(int place) {
        return place < faults.size() ? faults.get(place) : Behaviour.SOUND;
    }
}
