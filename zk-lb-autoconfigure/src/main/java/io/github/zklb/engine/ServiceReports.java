package io.github.zklb.engine;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.policy.Steering;
import io.github.zklb.reports.Capacities;
import io.github.zklb.reports.LoadReport;
import io.github.zklb.reports.ReportedWeights;
import io.github.zklb.reports.ReportedWeights.Obstacle;
import io.github.zklb.traffic.Candidates;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The load reports of one service's endpoints. Requests leave the last report of each; once a second this reads them, and has the
 * stages run again if they change a share noticeably. Nothing runs unless reports are used. Stages run on one thread at a time.
 */
final class ServiceReports implements AutoCloseable {

    private static final Duration EACH = Duration.ofSeconds(1);

    private final ServiceEngine engine;
    private final ServiceEngines.Shared shared;
    private final Runnable changed;
    private final Capacities known = new Capacities();
    private volatile Map<String, Double> capacities = Map.of();
    private volatile ReportedWeights weights = ReportedWeights.none(Candidates.of(HostSet.EMPTY), null);
    private volatile Steering steered = Steering.NONE;
    private volatile int reporting;
    private volatile boolean closed;
    private boolean reading;

    /**
     * Reads nothing yet.
     *
     * @param changed runs when the stage would come to something else, on any thread: it must not wait
     */
    ServiceReports(ServiceEngine engine, ServiceEngines.Shared shared, Runnable changed) {
        this.engine = engine;
        this.shared = shared;
        this.changed = changed;
    }

    /** How many endpoints have reported of late, whether they count yet or not. */
    int reporting() {
        return reporting;
    }

    /** The stage. */
    ReportedWeights place(Candidates passed, Steering steering) {
        if (isUsed()) {
            begin();
        }
        steered = steering;
        weights = weights(passed, steering, engine.settings(), capacities);
        return weights;
    }

    /** What the stage would make of others by other settings, with the reports that are known now. */
    Candidates suppose(Candidates passed, Steering steering, EngineSettings settings) {
        return weights(passed, steering, settings, capacities).candidates();
    }

    /** Reports are compared with the weights that endpoints declare: what operators make of these counts beside them. */
    private static ReportedWeights weights(
            Candidates passed, Steering steering, EngineSettings settings, Map<String, Double> capacities) {
        if (!settings.goesByReports()) {
            return ReportedWeights.none(passed, settings.load().useReports() ? Obstacle.STRATEGY : null);
        }
        double limit = passed.hosts().weightLimit(settings.strategySettings().maxWeightRatio());
        return ReportedWeights.of(
                passed, each -> Math.min(steering.declared(each).weight(), limit), capacities);
    }

    private boolean isUsed() {
        return !closed && engine.settings().load().useReports();
    }

    private synchronized void begin() {
        if (!reading) {
            reading = true;
            readLater();
        }
    }

    private void readLater() {
        shared.timers().schedule(() -> shared.builders().execute(this::read), EACH);
    }

    /** Once a second; who uses no reports any more forgets them. */
    private synchronized void read() {
        reading = isUsed();
        if (!reading) {
            known.retain(address -> false);
            capacities = Map.of();
            reporting = 0;
            return;
        }
        try {
            long now = shared.nanoTime().getAsLong();
            HostSet hosts = engine.snapshots().known();
            hosts.endpoints().forEach(each -> note(each, now));
            Set<String> addresses =
                    hosts.endpoints().stream().map(Endpoint::address).collect(Collectors.toSet());
            known.retain(addresses::contains);
            reporting = known.size(now);
            publish(known.usable(now));
        } finally {
            readLater();
        }
    }

    private void note(Endpoint endpoint, long now) {
        String text = engine.loads().of(endpoint).takeReport();
        LoadReport report = text == null ? null : LoadReport.parse(text);
        if (report != null) {
            known.note(endpoint.address(), report, now);
        }
    }

    /** What changes no share noticeably is not worth new pickers. Each group of the routes has a median of its own. */
    private void publish(Map<String, Double> usable) {
        ReportedWeights last = weights;
        ReportedWeights next = weights(last.candidates(), steered, engine.settings(), usable);
        boolean inGroups = !engine.settings().routes().isEmpty() && ReportedWeights.differ(usable, capacities);
        if (inGroups || next.differFrom(last) || next.because() != last.because()) {
            capacities = usable;
            changed.run();
        }
    }

    @Override
    public void close() {
        closed = true;
    }
}
