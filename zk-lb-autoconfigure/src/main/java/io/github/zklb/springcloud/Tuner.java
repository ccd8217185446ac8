package io.github.zklb.springcloud;

import io.github.zklb.Strategy;
import io.github.zklb.StrategyContext;
import io.github.zklb.strategy.StrategyCatalogue;
import io.github.zklb.traffic.CallLoads;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Makes one service's {@link Tuning} from its settings. What has been learned of the endpoints outlives every change of
 * the settings, and the strategy with its cursors outlives all but a change of its name: it asks for its own settings
 * whenever it makes a picker.
 */
final class Tuner {

    private final StrategyCatalogue strategies;
    private final Function<String, HashKeyResolver> keyResolvers;
    private final CallLoads loads;
    private final PickCounts picks = new PickCounts();
    private final StrategyContext context;
    private volatile ServiceSettings settings;
    private @Nullable Tuning tuning;

    Tuner(
            String serviceId,
            ServiceSettings settings,
            StrategyCatalogue strategies,
            Function<String, HashKeyResolver> keyResolvers,
            LongSupplier nanoTime) {
        this.settings = settings;
        this.strategies = strategies;
        this.keyResolvers = keyResolvers;
        this.loads = new CallLoads(nanoTime, () -> this.settings.load());
        RandomGenerator random = () -> ThreadLocalRandom.current().nextLong();
        this.context = new StrategyContext(serviceId, random, nanoTime, loads, picks);
    }

    /** What is known of the endpoints from the calls to them. */
    CallLoads loads() {
        return loads;
    }

    /** What became of the picks. */
    PickCounts picks() {
        return picks;
    }

    /**
     * The tuning by the given settings, which have been checked.
     *
     * @throws io.github.zklb.InvalidSettingException if they are wrong all the same
     */
    synchronized Tuning tune(ServiceSettings next) {
        HashKeyResolver keys = KeySources.firstOf(next.keySources(), keyResolvers);
        settings = next;
        Tuning last = tuning;
        Strategy strategy = last != null && last.settings().strategy().equals(next.strategy())
                ? last.strategy()
                : newStrategy(next.strategy());
        Tuning made = new Tuning(next, strategy, keys);
        tuning = made;
        return made;
    }

    /** Another strategy by the present settings, with a state of its own. */
    Strategy newStrategy() {
        return newStrategy(settings.strategy());
    }

    private Strategy newStrategy(String name) {
        return strategies.create(name, () -> settings.strategySettings(), context);
    }
}
