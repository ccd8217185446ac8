package io.github.zklb.engine;

import io.github.zklb.InvalidSettingException;
import io.github.zklb.calls.Failures;
import io.github.zklb.calls.LoadSettings;
import io.github.zklb.membership.HoldSettings;
import io.github.zklb.policy.OverlaySettings;
import io.github.zklb.strategy.ConsistentHashSettings;
import io.github.zklb.strategy.StrategyCatalogue;
import io.github.zklb.strategy.StrategySettings;
import io.github.zklb.traffic.OutlierEjectionSettings;
import io.github.zklb.traffic.Route;
import io.github.zklb.traffic.SlowStartSettings;
import io.github.zklb.traffic.ZoneSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * How the calls to one service are balanced.
 *
 * @param source who is asked for the endpoints; read when the service is first called
 * @param strategy the name of the strategy
 * @param strategySettings the settings of the built-in strategies
 * @param keySources where a request's hash key is looked for, in this order
 * @param firstLoadTimeout how long calls wait for ZooKeeper's first answer, counted from the first of them
 * @param load how the past of an endpoint counts
 * @param failures which ends of a call speak against the endpoint
 * @param slowStart how an endpoint that is new comes to its share
 * @param hold when endpoints that lose their registrations are held
 * @param outlierEjection when an endpoint that fails is left alone for a while
 * @param zone how the zones of endpoints count
 * @param routes which requests go to which endpoints, the first that holds counts
 * @param overlays how far operators' overlays are heeded
 */
public record EngineSettings(
        Source source,
        String strategy,
        StrategySettings strategySettings,
        List<String> keySources,
        Duration firstLoadTimeout,
        LoadSettings load,
        Failures failures,
        SlowStartSettings slowStart,
        HoldSettings hold,
        OutlierEjectionSettings outlierEjection,
        ZoneSettings zone,
        List<Route> routes,
        OverlaySettings overlays) {

    /**
     * Checks the routes.
     *
     * @throws InvalidSettingException if they cannot be
     */
    public EngineSettings {
        routes = Route.checked(routes);
    }

    /** Who is asked for the endpoints of a service. */
    public enum Source {
        /** ZooKeeper; and the application's other registries, as long as ZooKeeper has never had the service. */
        AUTO,
        /** ZooKeeper alone. */
        ZOOKEEPER,
        /** The application's other registries alone. */
        DISCOVERY_CLIENT
    }

    /** The same with another strategy. */
    public EngineSettings with(String otherStrategy, StrategySettings otherSettings) {
        return with(otherStrategy, otherSettings, routes);
    }

    /** The same with another strategy and other routes. */
    public EngineSettings with(String otherStrategy, StrategySettings otherSettings, List<Route> otherRoutes) {
        return new EngineSettings(
                source,
                otherStrategy,
                otherSettings,
                keySources,
                firstLoadTimeout,
                load,
                failures,
                slowStart,
                hold,
                outlierEjection,
                zone,
                otherRoutes,
                overlays);
    }

    /** Whether reports of load are to count and can: the strategy goes by weight, and maps no keys, which are to stay. */
    boolean goesByReports() {
        return load.useReports()
                && StrategyCatalogue.isWeighted(strategy)
                && !strategy.equals(ConsistentHashSettings.STRATEGY);
    }

    String whenMissing() {
        return strategySettings.consistentHash().whenMissing();
    }

    /** Which settings others have changed into these, in a few words. */
    String since(EngineSettings before) {
        List<String> words = new ArrayList<>();
        if (!strategy.equals(before.strategy)) {
            words.add("strategy " + before.strategy + " to " + strategy);
        }
        note(words, "source", source, before.source);
        note(words, "strategy settings", strategySettings, before.strategySettings);
        note(words, "key", keySources, before.keySources);
        note(words, "first-load-timeout", firstLoadTimeout, before.firstLoadTimeout);
        note(words, "load", load, before.load);
        note(words, "failures", failures, before.failures);
        note(words, "slow-start", slowStart, before.slowStart);
        note(words, "hold", hold, before.hold);
        note(words, "outlier-ejection", outlierEjection, before.outlierEjection);
        note(words, "zone", zone, before.zone);
        note(words, "routes", routes, before.routes);
        note(words, "policy", overlays, before.overlays);
        return String.join(", ", words);
    }

    private static void note(List<String> words, String name, Object now, Object before) {
        if (!now.equals(before)) {
            words.add(name);
        }
    }
}
