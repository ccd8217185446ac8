package io.github.zklb.reports;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.Reason;
import io.github.zklb.traffic.Candidates;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * The stage that gives each endpoint its share by what it can serve, as its reports tell. With {@code r} the capacity of an
 * endpoint for each unit of its declared weight, its weight counts {@code r ÷ median of r} times, but not less than
 * {@value #LEAST} and not more than {@value #MOST} times: so much at most can a server gain or lose that reports nonsense. Endpoints
 * that do not report count as the average of those that do. The last stage: zones go by declared weights. Pure, O(n log n).
 *
 * @param candidates what the stage left: all of them, with parts of their shares in proportion to these factors
 * @param factors how many times the weight of each endpoint counts, by its address; empty if reports do not count
 * @param because why reports do not count although they are to; null if they do, or are not to
 */
public record ReportedWeights(
        Candidates candidates,
        Map<String, Double> factors,
        @Nullable Obstacle because) {

    /** The least factor. */
    public static final double LEAST = 0.1;

    /** The largest factor. */
    public static final double MOST = 10;

    /** Less than this part of a weight is no change. */
    private static final double NOTICEABLE = 0.01;

    /** One report has nothing to be compared with. */
    private static final int FEWEST = 2;

    /** Why reports do not count although they are to. */
    public enum Obstacle {
        /** The strategy does not go by weight, or maps keys, which are to stay where they are. */
        STRATEGY,
        /** Fewer than two endpoints have reported for long enough. */
        TOO_FEW_REPORTS
    }

    /** The stage when no report counts. */
    public static ReportedWeights none(Candidates passed, @Nullable Obstacle because) {
        return new ReportedWeights(passed, Map.of(), because);
    }

    /**
     * Runs the stage.
     *
     * @param passed what the stages before left
     * @param declared what counts as the weight of an endpoint without reports; positive
     * @param capacities how much endpoints can serve, by their addresses
     */
    public static ReportedWeights of(
            Candidates passed, ToDoubleFunction<Endpoint> declared, Map<String, Double> capacities) {
        HostSet hosts = passed.hosts();
        double[] ratios = hosts.endpoints().stream()
                .filter(each -> capacities.containsKey(each.address()))
                .mapToDouble(each -> ratio(each, declared, capacities))
                .sorted()
                .toArray();
        if (ratios.length < FEWEST) {
            return none(passed, Obstacle.TOO_FEW_REPORTS);
        }
        double median = ratios[(ratios.length - 1) / 2];
        double average = Arrays.stream(ratios)
                .map(ratio -> factor(ratio, median))
                .average()
                .orElse(1);
        Map<String, Double> factors = new HashMap<>();
        for (Endpoint each : hosts.endpoints()) {
            boolean reports = capacities.containsKey(each.address());
            factors.put(each.address(), reports ? factor(ratio(each, declared, capacities), median) : average);
        }
        return new ReportedWeights(given(passed, factors), Collections.unmodifiableMap(factors), null);
    }

    private static double ratio(
            Endpoint endpoint, ToDoubleFunction<Endpoint> declared, Map<String, Double> capacities) {
        return capacities.getOrDefault(endpoint.address(), 0.0) / declared.applyAsDouble(endpoint);
    }

    private static double factor(double ratio, double median) {
        return Math.max(LEAST, Math.min(MOST, ratio / median));
    }

    private static Candidates given(Candidates passed, Map<String, Double> factors) {
        double most = Collections.max(factors.values());
        return passed.because(each -> isNoticeable(factor(each, factors), 1), Reason.REPORTED)
                .accepting(each -> factor(each, factors) / most);
    }

    private static double factor(Endpoint endpoint, Map<String, Double> factors) {
        return factors.getOrDefault(endpoint.address(), 1.0);
    }

    /** Whether others differ so much from these that it is worth making pickers anew. */
    public boolean differFrom(ReportedWeights others) {
        return differ(factors, others.factors);
    }

    /** Whether some of these are others, or noticeably other than they were. */
    public static boolean differ(Map<String, Double> some, Map<String, Double> before) {
        return !some.keySet().equals(before.keySet())
                || some.entrySet().stream()
                        .anyMatch(each -> isNoticeable(each.getValue(), before.getOrDefault(each.getKey(), 0.0)));
    }

    private static boolean isNoticeable(double factor, double other) {
        return !(Math.abs(factor - other) <= NOTICEABLE * other);
    }

    /** How many times the weight of an endpoint counts; 1 if reports do not count. */
    public double factor(String address) {
        return factors.getOrDefault(address, 1.0);
    }
}
