package io.github.zklb.benchmarks.simulator;

import io.github.zklb.benchmarks.simulator.Setup.Course;
import io.github.zklb.benchmarks.simulator.Setup.Fleet;
import io.github.zklb.benchmarks.simulator.Setup.Load;
import java.util.List;

/** What goes wrong in a fleet, or makes it hard to balance. */
enum Scenario {
    SLOW("One endpoint ten times slower", "one 10 × slower", Setup.usual(Behaviour.SLOW)),
    FAILING("One endpoint failing fast", "one failing fast", Setup.usual(Behaviour.FAILING)),
    COLD("One endpoint new and cold", "one new and cold", Setup.usual(Behaviour.COLD)),
    ALL(
            "One failing fast, one slow and one cold under three times the load",
            "all three, 3 × the load",
            new Setup(
                    Setup.TWENTY,
                    new Load(4, 18_000, 0, 1.1, 1),
                    Course.usual(Behaviour.FAILING, Behaviour.SLOW, Behaviour.COLD))),
    HUNG(
            "One endpoint hanging behind time-outs of 300 ms, which arrive as cancels",
            "one hanging",
            new Setup(Setup.TWENTY, new Load(4, 6_000, 0, 1.1, 0.3), Course.usual(Behaviour.HUNG))),
    ERRORS(
            "1 % errors everywhere and one endpoint twelve times slower",
            "1 % errors, one 12 × slower",
            new Setup(new Fleet(Setup.equal(20), 32, 0.01), Setup.USUAL, Course.usual(Behaviour.SLOWER))),
    DEAD("One endpoint refusing connections", "one refusing", Setup.usual(Behaviour.DEAD)),
    ONCE_SLOW(
            "One answer that takes 8 s, for which the caller waits",
            "one answer of 8 s",
            new Setup(Setup.TWENTY, new Load(4, 6_000, 0, 1.1, 10), Course.usual(Behaviour.ONCE_SLOW))),
    ONCE_FAILING("One error of one endpoint", "one error", Setup.usual(Behaviour.ONCE_FAILING)),
    UNEQUAL(
            "Weights and capacities of 3 : 1, three quarters of the capacity used",
            "weights 3 : 1",
            new Setup(new Fleet(Setup.alternating(20, 3, 1), 2, 0), Setup.USUAL, Course.usual())),
    FEW(
            "Few requests in flight and one endpoint ten times slower",
            "few in flight, one 10 × slower",
            new Setup(Setup.TWENTY, new Load(4, 100, 0, 1.1, 1), new Course(30, 40, 70, List.of(Behaviour.SLOW)))),
    MANY(
            "Many requests in flight, 94 % of the capacity used",
            "94 % of the capacity used",
            new Setup(new Fleet(Setup.equal(20), 4, 0), new Load(4, 7_500, 0, 1.1, 1), Course.usual()));

    final String title;
    final String shortTitle;
    final Setup setup;

    Scenario(String title, String shortTitle, Setup setup) {
        this.title = title;
        this.shortTitle = shortTitle;
        this.setup = setup;
    }

    /** Whether what it shows is errors rather than time. */
    boolean isOfErrors() {
        return this == FAILING || this == DEAD || this == HUNG;
    }
}
