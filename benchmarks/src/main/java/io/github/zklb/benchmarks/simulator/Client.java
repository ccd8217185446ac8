package io.github.zklb.benchmarks.simulator;

import io.github.zklb.Acceptance;
import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Picker;
import io.github.zklb.Strategy;
import io.github.zklb.calls.Call;
import io.github.zklb.calls.CallLoad;
import io.github.zklb.calls.CallLoads;
import io.github.zklb.calls.LoadSettings;
import io.github.zklb.traffic.OutlierEjection;
import io.github.zklb.traffic.OutlierEjectionSettings;
import io.github.zklb.traffic.SlowStart;
import io.github.zklb.traffic.SlowStartSettings;
import java.time.Duration;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;

/** A client as zk-lb makes one, which knows of the endpoints what its own calls tell it. */
final class Client {

    /** The time between two looks at ejections and slow starts. */
    static final Duration INTERVAL = Duration.ofSeconds(1);

    private static final SlowStartSettings SLOW_START =
            new SlowStartSettings(Duration.ofNanos(Behaviour.WARM_UP), 1, 10);

    private final boolean guarded;
    private final CallLoads loads;
    private final Map<Endpoint, CallLoad> accounts = new IdentityHashMap<>();
    private final OutlierEjection ejection;
    private final SlowStart slowStart;
    private final Strategy strategy;
    private HostSet hosts;
    private Picker picker;

    Client(Balancing balancing, HostSet hosts, VirtualTime time, RandomGenerator random) {
        this.guarded = balancing.guarded;
        this.loads = new CallLoads(time::nanos, () -> LoadSettings.DEFAULTS);
        this.ejection = new OutlierEjection(loads, time::nanos, random, this::sweep);
        this.slowStart = new SlowStart(time::nanos);
        this.strategy = balancing.strategy(time, random, loads);
        this.hosts = hosts;
        this.picker = newPicker();
    }

    /** Takes over another host set. */
    void update(HostSet next) {
        hosts = next;
        picker = newPicker();
    }

    /** Looks after ejections and slow starts. */
    void sweep() {
        if (guarded) {
            picker = newPicker();
        }
    }

    private Picker newPicker() {
        if (!guarded) {
            return strategy.newPicker(hosts);
        }
        Acceptance warm = slowStart.update(hosts, SLOW_START);
        Acceptance healthy = ejection.update(hosts, ejectionSettings());
        return strategy.newPicker(hosts, endpoint -> warm.of(endpoint) * healthy.of(endpoint));
    }

    private static OutlierEjectionSettings ejectionSettings() {
        OutlierEjectionSettings defaults = OutlierEjectionSettings.DEFAULTS;
        return new OutlierEjectionSettings(
                defaults.consecutiveConnectFailures(),
                true,
                defaults.consecutiveErrors(),
                defaults.errorRatePercent(),
                defaults.outlierFactor(),
                defaults.minimumRequests(),
                INTERVAL,
                defaults.baseEjectionTime(),
                defaults.maxEjectionTime(),
                defaults.maxEjectedPercent(),
                defaults.panicThresholdPercent());
    }

    Endpoint pick(String key) {
        return Objects.requireNonNull(picker.pick(PickContext.ofKey(key)), "no endpoint");
    }

    Call start(Endpoint endpoint) {
        return Objects.requireNonNull(accounts.computeIfAbsent(endpoint, loads::of))
                .start();
    }
}
