package io.github.zklb.engine.explain;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.Reason;
import io.github.zklb.engine.EngineSettings;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.WeightWarnings;
import io.github.zklb.engine.explain.Rehearsal.Verdict;
import io.github.zklb.membership.Hold;
import io.github.zklb.membership.ServiceMembership;
import io.github.zklb.policy.OverlayNode;
import io.github.zklb.strategy.KeyMap;
import io.github.zklb.traffic.Serving;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Whether a change is harmless, and which of zk-lb's guards would act. For one thread. */
final class Judgement {

    /** Half of the capacity, twice a share: limits of what operators usually leave in reserve. */
    private static final double HALF = 0.5 + 1e-9;

    private static final double TWICE = 2 - 1e-9;

    /** Less than that is not worth moving, and does not count as twice. */
    private static final double LITTLE = 1e-6;

    /** Maglev moves so many keys of others at a usual change. */
    private static final double MUCH = 0.05;

    private final ServiceEngine engine;
    private final Change change;
    private final Scenario before;
    private final Scenario after;
    private final Map<String, Double> were;
    private final Map<String, Double> are;
    private final List<String> because = new ArrayList<>();
    private Verdict verdict = Verdict.SAFE;

    Judgement(
            ServiceEngine engine,
            Change change,
            Scenario before,
            Scenario after,
            Map<String, Double> were,
            Map<String, Double> are) {
        this.engine = engine;
        this.change = change;
        this.before = before;
        this.after = after;
        this.were = were;
        this.are = are;
    }

    Verdict verdict() {
        return verdict;
    }

    List<String> because() {
        return List.copyOf(because);
    }

    private void note(Verdict atLeast, String sentence) {
        verdict = atLeast.compareTo(verdict) > 0 ? atLeast : verdict;
        because.add(sentence);
    }

    /**
     * Judges.
     *
     * @param needless the part of the keys that moves between endpoints which the change does not name
     * @param exact whether the part that moves is exact
     */
    void judge(double needless, boolean exact) {
        if (after.candidates().hosts().isEmpty()) {
            note(
                    Verdict.REFUSED,
                    String.format(
                            Locale.ROOT,
                            "nothing would serve: each of the %d endpoints left has weight 0 or an instance_status other than UP",
                            after.known().size()));
        }
        overlays();
        hold();
        if (after.candidates().isNoted(Reason.PANIC) && !before.candidates().isNoted(Reason.PANIC)) {
            note(
                    Verdict.WARN,
                    "panic: so few endpoints are left that those whose calls fail are given requests, too"
                            + " (zk-lb.outlier-ejection.panic-threshold-percent)");
        }
        weights();
        load();
        keys(needless, exact);
        slowStart();
    }

    private void overlays() {
        change.overlays().forEach(each -> {
            OverlayNode node = each.node();
            String why = after.refused().get(node.contentVersion());
            if (why != null) {
                note(Verdict.REFUSED, "the overlay " + node.id() + " would be refused: " + why);
            }
        });
    }

    /** What the hold makes of the change, if all of it is seen at once. */
    private void hold() {
        ServiceMembership membership = engine.membership();
        if (membership == null) {
            return;
        }
        Set<String> registered = membership.current().hosts().endpoints().stream()
                .map(Endpoint::address)
                .collect(Collectors.toSet());
        change.add().forEach(each -> registered.add(each.address()));
        EngineSettings settings = after.settings();
        Map<Endpoint, Hold.Standing> held = Hold.NOTHING_KNOWN
                .step(situation(before, registered), settings.hold(), 0)
                .step(situation(after, registered), settings.hold(), 1)
                .standings();
        if (!held.isEmpty()) {
            note(
                    Verdict.WARN,
                    String.format(
                            Locale.ROOT,
                            "hold: %d endpoints vanish at once, so zk-lb goes on sending requests to those of them that answer, %s"
                                    + " (zk-lb.membership.hold); drain them first",
                            held.size(),
                            after.candidates().hosts().isEmpty()
                                    ? "as long as they do"
                                    : "for " + seconds(settings.hold().gracePeriod())));
        }
    }

    private static Hold.Situation situation(Scenario scenario, Set<String> registered) {
        HostSet hosts = scenario.known().filter(each -> registered.contains(each.address()));
        HostSet serving = hosts.filter(
                each -> Serving.serves(each) && scenario.candidates().state(each) != Reason.OVERLAY_DRAINED);
        return new Hold.Situation(hosts, serving, true, 0, (address, since) -> false, 0);
    }

    private static String seconds(Duration duration) {
        return duration.toSeconds() + " s";
    }

    private void weights() {
        boolean isShort = engine.isShortOfPoints();
        List<String> told = WeightWarnings.of(before.candidates().hosts(), before.settings(), isShort);
        WeightWarnings.of(after.candidates().hosts(), after.settings(), isShort).stream()
                .filter(each -> !told.contains(each))
                .forEach(each -> note(Verdict.WARN, each));
    }

    private void load() {
        double was = capacity(before);
        double is = capacity(after);
        if (is > 0 && is <= was * HALF) {
            note(
                    Verdict.WARN,
                    String.format(Locale.ROOT, "%.1f %% of the capacity goes, by weight", 100 * (1 - is / was)));
        }
        Set<String> named = change.addresses(before.known());
        List<String> doubled = are.keySet().stream()
                .filter(each -> !named.contains(each) && growth(each) >= TWICE)
                .sorted(Comparator.<String>comparingDouble(each -> -growth(each))
                        .thenComparing(each -> each))
                .toList();
        if (!doubled.isEmpty()) {
            String most = doubled.get(0);
            note(
                    Verdict.WARN,
                    String.format(
                            Locale.ROOT,
                            "%d endpoints that stay get at least twice their share: %s goes from %.2f %% to %.2f %%",
                            doubled.size(),
                            most,
                            100 * were.getOrDefault(most, 0.0),
                            100 * are.getOrDefault(most, 0.0)));
        }
    }

    private double growth(String address) {
        double share = were.getOrDefault(address, 0.0);
        return share > LITTLE ? are.getOrDefault(address, 0.0) / share : 0;
    }

    /** The weights of those that may be given requests, and are not ejected. */
    private static double capacity(Scenario scenario) {
        HostSet hosts = scenario.candidates().hosts();
        double limit = hosts.weightLimit(scenario.settings().strategySettings().maxWeightRatio());
        return hosts.endpoints().stream()
                .filter(each -> scenario.candidates().state(each) != Reason.EJECTED)
                .mapToDouble(each -> Math.min(limit, each.weight()))
                .sum();
    }

    private void keys(double needless, boolean exact) {
        KeyMap then = before.keys();
        KeyMap now = after.keys();
        if (then != null && now != null) {
            if (needless > MUCH) {
                note(
                        Verdict.WARN,
                        String.format(
                                Locale.ROOT,
                                "%.1f %% of the keys move between endpoints that the change does not name",
                                100 * needless));
            }
            if (!exact) {
                note(
                        Verdict.SAFE,
                        String.format(
                                Locale.ROOT,
                                "the keys that move are counted among %,d, since some endpoints take a part of theirs only",
                                KeyMap.SAMPLES));
            }
        } else if (then != null && !after.candidates().hosts().isEmpty()) {
            note(Verdict.WARN, "no key has an endpoint of its own any more");
        } else if (now != null && !before.candidates().hosts().isEmpty()) {
            note(Verdict.WARN, "each key has an endpoint of its own from then on, whichever had served it");
        }
    }

    private void slowStart() {
        Duration window = after.settings().slowStart().window();
        if (!change.add().isEmpty() && !window.isZero()) {
            note(
                    Verdict.SAFE,
                    String.format(
                            Locale.ROOT,
                            "the new endpoints come to these shares over %s (zk-lb.slow-start.window)",
                            seconds(window)));
        }
    }
}
