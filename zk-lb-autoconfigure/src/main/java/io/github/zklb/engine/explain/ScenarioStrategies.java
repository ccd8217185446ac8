package io.github.zklb.engine.explain;

import io.github.zklb.EndpointLoads;
import io.github.zklb.PickListener;
import io.github.zklb.Strategy;
import io.github.zklb.StrategyContext;
import io.github.zklb.engine.EngineSettings;
import io.github.zklb.engine.RouteGroups;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.Snapshot;
import java.util.SplittableRandom;
import java.util.function.IntFunction;

/**
 * The strategies of a scenario's tiers, which make a picker from the one before as far as that saves work. For one thread at a
 * time.
 */
final class ScenarioStrategies {

    private final ServiceEngine engine;
    private final EndpointLoads loads;
    private final RouteGroups.Strategies rows = new RouteGroups.Strategies(this::newStrategy);
    private EngineSettings settings;

    ScenarioStrategies(ServiceEngine engine, EngineSettings settings, EndpointLoads loads) {
        this.engine = engine;
        this.settings = settings;
        this.loads = loads;
    }

    /** Those of all candidates, by these settings from now on. */
    IntFunction<Strategy> by(EngineSettings next) {
        if (!next.strategy().equals(settings.strategy())) {
            rows.clear();
        }
        settings = next;
        return rows.everything();
    }

    /** Those of all rows. */
    RouteGroups.Strategies rows() {
        return rows;
    }

    /** One that makes no table anew which requests already go by. */
    private Strategy newStrategy() {
        StrategyContext context = new StrategyContext(
                engine.serviceId(), new SplittableRandom(), System::nanoTime, loads, PickListener.NONE);
        Snapshot now = engine.snapshots().published().snapshot();
        return engine.strategiesApart()
                .create(
                        settings.strategy(),
                        () -> settings.strategySettings(),
                        context,
                        now == null ? null : now.first());
    }
}
