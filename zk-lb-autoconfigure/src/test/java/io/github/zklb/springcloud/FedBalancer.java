package io.github.zklb.springcloud;

import io.github.zklb.HostSet;
import io.github.zklb.StrategyFactory;
import io.github.zklb.membership.FedMembership;
import io.github.zklb.strategy.StrategyCatalogue;
import io.github.zklb.strategy.StrategySettings;
import io.github.zklb.traffic.Failures;
import io.github.zklb.traffic.LoadSettings;
import io.github.zklb.traffic.OutlierEjectionSettings;
import io.github.zklb.traffic.SlowStartSettings;
import java.time.Duration;
import java.util.List;

/** A balancer as it stands in an application, over a membership that a test feeds. */
final class FedBalancer implements AutoCloseable {

    final ServiceBalancer balancer;
    private final FedMembership membership = new FedMembership("orders");
    private final Timer.Service timers = new Timer.Service();

    FedBalancer(ServiceSettings settings, StrategyFactory... custom) {
        Tuner tuner = new Tuner(
                "orders", settings, new StrategyCatalogue(List.of(custom)), name -> request -> name, System::nanoTime);
        balancer = new ServiceBalancer(membership.membership(), tuner, settings, timers, System::nanoTime);
    }

    /** The defaults, with another strategy and time to wait for the first endpoints. */
    static ServiceSettings settings(String strategy, Duration firstLoadTimeout, SlowStartSettings slowStart) {
        return new ServiceSettings(
                strategy,
                StrategySettings.DEFAULTS,
                List.of(),
                firstLoadTimeout,
                LoadSettings.DEFAULTS,
                Failures.DEFAULTS,
                slowStart,
                OutlierEjectionSettings.DEFAULTS);
    }

    void publish(HostSet hosts) {
        membership.publish(hosts);
    }

    @Override
    public void close() {
        balancer.close();
        timers.close();
    }
}
