package io.github.zklb.springcloud;

import io.github.zklb.strategy.StrategySettings;
import java.time.Duration;
import java.util.List;

/**
 * How the calls to one service are balanced.
 *
 * @param strategy the name of the strategy
 * @param strategySettings the settings of the built-in strategies
 * @param keySources where a request's hash key is looked for, in this order
 * @param firstLoadTimeout how long calls wait for ZooKeeper's first answer, counted from the first of them
 */
public record ServiceSettings(
        String strategy, StrategySettings strategySettings, List<String> keySources, Duration firstLoadTimeout) {

    String whenMissing() {
        return strategySettings.consistentHash().whenMissing();
    }
}
