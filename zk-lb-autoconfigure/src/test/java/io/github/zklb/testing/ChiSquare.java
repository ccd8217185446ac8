package io.github.zklb.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Pearson's chi-square test, with its bound as Wilson and Hilferty approximate it. */
public final class ChiSquare {

    /** One in a million samples of what is expected has a statistic above the bound. */
    private static final double ONE_IN_A_MILLION = 4.75;

    /** What is rarer than that in a sample is counted together, since the statistic says little of so few. */
    private static final double FEW = 10;

    private double statistic;
    private int kinds;
    private double rareExpected;
    private double rareObserved;

    private ChiSquare() {}

    /** Holds that these were drawn by these shares. */
    public static void assertFollows(Map<String, Double> shares, Map<String, Long> counted) {
        assertThat(counted.keySet()).isSubsetOf(shares.keySet());
        double all = sum(counted);
        ChiSquare test = new ChiSquare();
        shares.forEach((kind, share) -> {
            long observed = counted.getOrDefault(kind, 0L);
            if (share == 0) {
                assertThat(observed).as(kind).isZero();
            } else {
                test.compare(share * all, observed);
            }
        });
        test.check(1, "%s of %s".formatted(counted, shares));
    }

    /** Holds that two samples of one size were drawn by the same shares. */
    public static void assertAlike(Map<String, Long> some, Map<String, Long> others) {
        assertThat(sum(some)).isEqualTo(sum(others));
        Set<String> all = new HashSet<>(some.keySet());
        all.addAll(others.keySet());
        ChiSquare test = new ChiSquare();
        all.forEach(kind -> {
            long observed = some.getOrDefault(kind, 0L);
            test.compare((observed + others.getOrDefault(kind, 0L)) / 2.0, observed);
        });
        // each of two samples is half as far from their mean, and there are two of them
        test.check(2, "%s and %s".formatted(some, others));
    }

    private static long sum(Map<String, Long> counts) {
        return counts.values().stream().mapToLong(Long::longValue).sum();
    }

    private void compare(double expected, double observed) {
        if (expected < FEW) {
            rareExpected += expected;
            rareObserved += observed;
        } else {
            add(expected, observed);
        }
    }

    private void add(double expected, double observed) {
        statistic += (observed - expected) * (observed - expected) / expected;
        kinds++;
    }

    private void check(int times, String counts) {
        if (rareExpected >= FEW) {
            add(rareExpected, rareObserved);
        } else {
            assertThat(rareObserved).as(counts).isLessThan(4 * FEW);
        }
        int freedom = Math.max(1, kinds - 1);
        double part = 2.0 / (9 * freedom);
        assertThat(times * statistic)
                .as(counts)
                .isLessThan(freedom * Math.pow(1 - part + ONE_IN_A_MILLION * Math.sqrt(part), 3));
    }
}
