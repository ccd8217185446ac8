package io.github.zklb.benchmarks.simulator;

import static io.github.zklb.benchmarks.MarkdownTable.figure;

import io.github.zklb.benchmarks.MarkdownTable;
import io.github.zklb.benchmarks.simulator.Setup.Course;
import io.github.zklb.benchmarks.simulator.Setup.Fleet;
import io.github.zklb.benchmarks.simulator.Setup.Load;
import java.util.ArrayList;
import java.util.Collections;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/** What was set as a target for traffic as it is, before anything was measured, and what is measured over seeds. */
final class FaultTargets {

    private static final List<ZkLbBalancing> BY_LOAD = List.of(ZkLbBalancing.LEAST_REQUEST, ZkLbBalancing.PEAK_EWMA);
    private static final int PERCENT = 100;
    private static final double CALM = 20;

    private final int seeds;
    private final MarkdownTable table =
            new MarkdownTable("Target", "limit", "mean", "least of the seeds", "most of the seeds", "");

    private FaultTargets(int seeds) {
        this.seeds = seeds;
    }

    /** A table of all, each over so many seeds. */
    static MarkdownTable table(int seeds) {
        FaultTargets targets = new FaultTargets(seeds);
        targets.hanging();
        targets.slowAmongErrors();
        targets.afterOneError();
        targets.afterOneSlowAnswer();
        targets.weights();
        targets.owners();
        targets.ejections();
        targets.slow();
        return targets.table;
    }

    /** Only what ejection makes of slow endpoints. */
    static MarkdownTable slowOnes(int seeds) {
        FaultTargets targets = new FaultTargets(seeds);
        targets.slow();
        return targets.table;
    }

    private void hanging() {
        for (ZkLbBalancing balancing : BY_LOAD) {
            for (Load load :
                    List.of(new Load(1, 50, 0, 0, 0.3), new Load(1, 1_000, 0, 0, 0.3), new Load(4, 200, 0, 0, 0.3))) {
                row(
                        balancing.code() + ", one of eight hangs behind time-outs, " + rate(load) + ": its share",
                        Limit.atMost(1),
                        "%",
                        measure(
                                balancing,
                                eight(0, load, new Course(CALM, CALM, 80, List.of(Behaviour.HUNG))),
                                outcome -> outcome.faultyShare() * PERCENT));
            }
        }
    }

    private void slowAmongErrors() {
        for (Load load : List.of(Load.perSecond(50), Load.perSecond(1_000), new Load(4, 200, 0, 0, 60))) {
            row(
                    ZkLbBalancing.PEAK_EWMA.code() + ", 1 % errors everywhere, one of eight twelve times slower, "
                            + rate(load) + ": its share",
                    Limit.atMost(1),
                    "%",
                    measure(
                            ZkLbBalancing.PEAK_EWMA,
                            eight(0.01, load, new Course(CALM, CALM + 5, 100, List.of(Behaviour.SLOWER))),
                            outcome -> outcome.faultyShare() * PERCENT));
        }
    }

    private static Setup eight(double errorRate, Load load, Course course) {
        return new Setup(new Fleet(Setup.equal(8), 1 << 16, errorRate), load, course);
    }

    private void afterOneError() {
        for (ZkLbBalancing balancing : BY_LOAD) {
            for (int perSecond : new int[] {1, 20, 1_000}) {
                double from = CALM + 30;
                row(
                        balancing.code() + ", one error of one of two, " + figure(perSecond)
                                + " a second, from 30 s later on: its share",
                        Limit.atLeast(45),
                        "%",
                        measure(
                                balancing,
                                odd(2, perSecond, from, Behaviour.ONCE_FAILING),
                                outcome -> outcome.faultyShare() * PERCENT));
            }
        }
    }

    private void afterOneSlowAnswer() {
        for (ZkLbBalancing balancing : BY_LOAD) {
            for (int servers : new int[] {2, 3}) {
                for (int perSecond : new int[] {1, 20, 1_000}) {
                    double from = CALM + 8 + 20;
                    row(
                            balancing.code() + ", one answer of 8 s by one of " + servers + ", " + figure(perSecond)
                                    + " a second, from 20 s later on: its part of an even share",
                            Limit.atLeast(80),
                            "%",
                            measure(
                                    balancing,
                                    odd(servers, perSecond, from, Behaviour.ONCE_SLOW),
                                    outcome -> outcome.faultyShare() * servers * PERCENT));
                }
            }
        }
    }

    private static Setup odd(int servers, int perSecond, double from, Behaviour behaviour) {
        double seconds = Math.max(10, Math.min(1_000, 3_000.0 / perSecond));
        return new Setup(
                Fleet.of(Setup.equal(servers)),
                Load.perSecond(perSecond),
                new Course(CALM, from, from + seconds, List.of(behaviour)));
    }

    private void weights() {
        for (ZkLbBalancing balancing : BY_LOAD) {
            weights(balancing, 8, 1, Limit.atMost(1.25), Limit.atLeast(0.8));
            weights(balancing, 8, 3, Limit.atMost(1.25), Limit.atLeast(0.8));
            weights(balancing, 20, 3, Limit.NONE, Limit.NONE);
            weights(balancing, 8, 10, Limit.atMost(2), Limit.atLeast(0.5));
        }
    }

    /** The worst of three mixtures of weights, and of 1 to 100 requests in flight. */
    private void weights(ZkLbBalancing balancing, int servers, int heavy, Limit above, Limit below) {
        List<List<Integer>> fleets = List.of(
                Setup.alternating(servers, heavy, 1),
                IntStream.range(0, servers).mapToObj(i -> i == 0 ? heavy : 1).toList(),
                IntStream.range(0, servers)
                        .mapToObj(i -> i == servers - 1 ? 1 : heavy)
                        .toList());
        List<Setup> setups = fleets.subList(0, heavy == 1 ? 1 : fleets.size()).stream()
                .flatMap(weights -> IntStream.of(1, 2, 5, 10, 30, 100)
                        .mapToObj(inFlight -> new Setup(
                                Fleet.of(weights),
                                Load.inFlight(inFlight),
                                Course.sound(5, 5 + Math.max(25, 60.0 / inFlight)))))
                .toList();
        List<DoubleSummaryStatistics> worst = LongStream.rangeClosed(1, seeds)
                .parallel()
                .mapToObj(seed -> setups.stream()
                        .flatMapToDouble(setup ->
                                Simulation.once(balancing, setup, 0, seed).parts())
                        .summaryStatistics())
                .toList();
        String what = "%s, %d endpoints of weights %d : 1, 1 to 100 in flight: the %s share ÷ weight";
        row(
                what.formatted(balancing.code(), servers, heavy, "greatest"),
                above,
                "",
                worst.stream().mapToDouble(DoubleSummaryStatistics::getMax).summaryStatistics());
        row(
                what.formatted(balancing.code(), servers, heavy, "least"),
                below,
                "",
                worst.stream().mapToDouble(DoubleSummaryStatistics::getMin).summaryStatistics());
    }

    private void owners() {
        for (int inFlight : new int[] {10, 100}) {
            for (double skew : new double[] {0, 1.1}) {
                row(
                        "%s, %d in flight over 20, %s: picks at the owner"
                                .formatted(
                                        ZkLbBalancing.BOUNDED_RING.code(),
                                        inFlight,
                                        skew == 0 ? "keys alike" : "one key in every seventh request"),
                        inFlight == 10 && skew == 0 ? Limit.atLeast(95) : Limit.NONE,
                        "%",
                        measure(
                                ZkLbBalancing.BOUNDED_RING,
                                new Setup(
                                        Fleet.of(Setup.equal(20)),
                                        new Load(1, 0, inFlight, skew, 60),
                                        Course.sound(0, 20)),
                                outcome -> outcome.atOwner() * PERCENT));
            }
        }
    }

    private void ejections() {
        record Case(String what, ZkLbBalancing balancing, Behaviour behaviour) {}
        for (Case each : List.of(
                new Case("refuses, default settings", ZkLbBalancing.WEIGHTED, Behaviour.DEAD),
                new Case("refuses", ZkLbBalancing.LEAST_REQUEST, Behaviour.DEAD),
                new Case("answers by errors", ZkLbBalancing.ROUND_ROBIN_GUARDED, Behaviour.FAILING),
                new Case("answers by errors", ZkLbBalancing.LEAST_REQUEST_GUARDED, Behaviour.FAILING),
                new Case("hangs behind time-outs", ZkLbBalancing.ROUND_ROBIN_GUARDED, Behaviour.HUNG),
                new Case("hangs behind time-outs", ZkLbBalancing.PEAK_EWMA_GUARDED, Behaviour.HUNG))) {
            row(
                    "%s, one of eight %s: calls for each client and ejection, besides those in flight"
                            .formatted(each.balancing.code(), each.what),
                    Limit.atMost(5),
                    "",
                    measure(
                            each.balancing,
                            eight(0, new Load(4, 400, 0, 0, 0.3), new Course(CALM, CALM, 200, List.of(each.behaviour))),
                            Outcome::mostCallsToEject));
        }
    }

    /** Counted from after the second sweep on until the end of the first ejection. */
    private void slow() {
        slow("one of eight twenty times slower", Behaviour.SLOWEST, 1, Limit.atMost(0));
        slow("all of eight twenty times slower", Behaviour.SLOWEST, 8, Limit.atLeast(11));
        slow("one of eight ten times slower, its median below the floor", Behaviour.SLOW, 1, Limit.atLeast(11));
    }

    private void slow(String what, Behaviour behaviour, int slowOnes, Limit share) {
        Setup setup = eight(
                0,
                Load.perSecond(100),
                new Course(CALM, CALM + 25, CALM + 40, Collections.nCopies(slowOnes, behaviour)));
        for (Balancing each : List.of(ZkLbBalancing.ROUND_ROBIN_GUARDED, EjectingSlow.ROUND_ROBIN)) {
            String title = each.code() + ", " + what;
            row(
                    title + ": its share",
                    each == EjectingSlow.ROUND_ROBIN ? share : Limit.NONE,
                    "%",
                    measure(each, setup, outcome -> outcome.faultyShare() * PERCENT));
            row(title + ": p99", Limit.NONE, "ms", measure(each, setup, Outcome::p99));
        }
    }

    private static String rate(Load load) {
        return figure(load.perSecond() / load.clients())
                + (load.clients() == 1 ? " a second" : " a second by each of %d clients".formatted(load.clients()));
    }

    private DoubleSummaryStatistics measure(Balancing balancing, Setup setup, ToDoubleFunction<Outcome> figure) {
        return LongStream.rangeClosed(1, seeds)
                .parallel()
                .mapToDouble(seed ->
                        figure.applyAsDouble(Tally.outcome(List.of(Simulation.once(balancing, setup, 0, seed)))))
                .summaryStatistics();
    }

    private void row(String what, Limit limit, String unit, DoubleSummaryStatistics measured) {
        List<String> cells = new ArrayList<>(List.of(what, limit.text(unit)));
        for (double value : new double[] {measured.getAverage(), measured.getMin(), measured.getMax()}) {
            cells.add(figure(value, unit));
        }
        cells.add(limit.verdict(measured.getAverage()));
        table.row(cells);
    }

    /** What a mean is to be: at least, and at most. */
    private record Limit(double least, double most) {

        static final Limit NONE = new Limit(Double.NaN, Double.NaN);

        static Limit atLeast(double value) {
            return new Limit(value, Double.NaN);
        }

        static Limit atMost(double value) {
            return new Limit(Double.NaN, value);
        }

        String text(String unit) {
            if (equals(NONE)) {
                return figure(Double.NaN);
            }
            return Double.isNaN(least) ? "≤ " + figure(most, unit) : "≥ " + figure(least, unit);
        }

        String verdict(double mean) {
            return equals(NONE) ? "reported" : mean < least || mean > most ? "**missed**" : "met";
        }
    }
}
