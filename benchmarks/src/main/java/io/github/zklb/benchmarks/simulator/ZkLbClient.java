package io.github.zklb.benchmarks.simulator;

import io.github.zklb.Acceptance;
import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.PickListener;
import io.github.zklb.Picker;
import io.github.zklb.Strategy;
import io.github.zklb.StrategyContext;
import io.github.zklb.calls.CallLoads;
import io.github.zklb.calls.CountedCall;
import io.github.zklb.calls.Failures;
import io.github.zklb.calls.LoadSettings;
import io.github.zklb.traffic.OutlierEjection;
import io.github.zklb.traffic.OutlierEjectionSettings;
import io.github.zklb.traffic.SlowStart;
import io.github.zklb.traffic.SlowStartSettings;
import java.net.ConnectException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;

/**
 * A client as zk-lb makes one, of the product's own strategy, accounting of calls, ejection and slow start, all with the
 * product's defaults. Guarded means that ejection for answers and slow start are switched on.
 */
final class ZkLbClient implements Client {

    private static final SlowStartSettings SLOW_START =
            new SlowStartSettings(Duration.ofNanos(Behaviour.WARM_UP), 1, 10);

    /** The scenarios with a slow server show what the strategies make of it by themselves. */
    static final OutlierEjectionSettings FOR_ERRORS = withAnswers(0);

    static final OutlierEjectionSettings FOR_SLOWNESS_TOO = withAnswers(OutlierEjectionSettings.DEFAULTS.slowFactor());

    private static final ConnectException REFUSED = new ConnectException("Connection refused");
    private static final int OK = 200;
    private static final int ERROR = 500;

    private final boolean guarded;
    private final OutlierEjectionSettings ejected;
    private final boolean keyed;
    private final CallLoads loads;
    private final OutlierEjection ejection;
    private final SlowStart slowStart;
    private final Strategy strategy;
    private final Map<String, Integer> badCalls = new HashMap<>();
    private HostSet hosts;
    private Picker picker;
    private long picks;
    private long spilled;
    private int mostCallsToEject;

    ZkLbClient(
            ZkLbBalancing balancing,
            OutlierEjectionSettings forAnswers,
            HostSet hosts,
            VirtualTime time,
            RandomGenerator random) {
        this.guarded = balancing.isGuarded();
        this.ejected = guarded ? forAnswers : OutlierEjectionSettings.DEFAULTS;
        this.keyed = balancing.isKeyed();
        this.loads = new CallLoads(time::nanos, () -> LoadSettings.DEFAULTS);
        this.ejection = new OutlierEjection(loads, time::nanos, random, this::sweep);
        this.slowStart = new SlowStart(time::nanos);
        PickListener listener = new PickListener() {
            @Override
            public void spilled() {
                spilled++;
            }
        };
        this.strategy = balancing.strategy(new StrategyContext("simulated", random, time::nanos, loads, listener));
        this.hosts = hosts;
        this.picker = newPicker();
    }

    @Override
    public void update(HostSet next) {
        hosts = next;
        picker = newPicker();
    }

    @Override
    public void sweep() {
        picker = newPicker();
    }

    private Picker newPicker() {
        Acceptance healthy = ejection.update(hosts, ejected);
        if (!guarded) {
            return strategy.newPicker(hosts, healthy);
        }
        Acceptance warm = slowStart.update(hosts, SLOW_START);
        return strategy.newPicker(hosts, endpoint -> warm.of(endpoint) * healthy.of(endpoint));
    }

    private static OutlierEjectionSettings withAnswers(double slowFactor) {
        OutlierEjectionSettings defaults = OutlierEjectionSettings.DEFAULTS;
        return new OutlierEjectionSettings(
                defaults.consecutiveConnectFailures(),
                true,
                defaults.consecutiveErrors(),
                defaults.errorRatePercent(),
                defaults.outlierFactor(),
                slowFactor,
                defaults.slowFloor(),
                defaults.minimumRequests(),
                defaults.interval(),
                defaults.baseEjectionTime(),
                defaults.maxEjectionTime(),
                defaults.maxEjectedPercent(),
                defaults.panicThresholdPercent());
    }

    @Override
    public Sent send(String key) {
        Endpoint endpoint = Objects.requireNonNull(picker.pick(PickContext.ofKey(key)), "no endpoint");
        picks++;
        String address = endpoint.address();
        return new Exchange(
                endpoint,
                new CountedCall(loads.of(endpoint).start(), Failures.DEFAULTS, address, CountedCall.Listener.NONE));
    }

    @Override
    public Record record() {
        return new Record(keyed ? picks : 0, spilled, badCalls.values().stream().reduce(mostCallsToEject, Math::max));
    }

    /** Runs the end of a call, and counts the bad ones until they eject the endpoint. */
    private void bad(Endpoint endpoint, Runnable end) {
        String address = endpoint.address();
        boolean ejected = isEjected(address);
        end.run();
        if (!ejected) {
            int calls = badCalls.merge(address, 1, Integer::sum);
            if (isEjected(address)) {
                badCalls.remove(address);
                mostCallsToEject = Math.max(mostCallsToEject, calls);
            }
        }
    }

    private boolean isEjected(String address) {
        return ejection.current().terms().containsKey(address);
    }

    private final class Exchange implements Sent {

        private final Endpoint endpoint;
        private final CountedCall call;

        Exchange(Endpoint endpoint, CountedCall call) {
            this.endpoint = endpoint;
            this.call = call;
        }

        @Override
        public Endpoint endpoint() {
            return endpoint;
        }

        @Override
        public void answered(boolean good) {
            if (good) {
                badCalls.remove(endpoint.address());
                call.end(OK);
            } else {
                bad(endpoint, () -> call.end(ERROR));
            }
        }

        /** As WebClient's time-out does. */
        @Override
        public void gaveUp() {
            bad(endpoint, () -> call.call().cancelled());
        }

        @Override
        public void refused() {
            bad(endpoint, () -> call.end(REFUSED));
        }
    }
}
