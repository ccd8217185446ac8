package io.github.zklb.engine;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.engine.Snapshots.Supposed;
import io.github.zklb.membership.Membership;
import io.github.zklb.policy.KnownOverlays.Overview;
import io.github.zklb.policy.OverlayNode.Counting;
import io.github.zklb.policy.Steering;
import io.github.zklb.reports.ReportedWeights;
import io.github.zklb.traffic.Candidates;
import io.github.zklb.traffic.Ejections;
import io.github.zklb.traffic.OutlierEjection;
import io.github.zklb.traffic.Pipeline;
import io.github.zklb.traffic.Zones;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The row of stages of one service, from all endpoints that are known to those that its pickers are made of, with what each
 * stage remembers. One thread at a time runs it; any may suppose.
 */
final class Stages implements AutoCloseable {

    private final ServiceEngine engine;
    private final ServiceHold hold;
    private final Pipeline pipeline;
    private final ServiceZones zones;
    private final ServiceOverlays overlays;
    private final ServiceReports reports;
    private volatile Set<String> elsewhere = Set.of();

    /**
     * What a run has come to.
     *
     * @param all all endpoints, with the weights that count
     * @param overlays what operators have set
     * @param steering what overlays have made of the weights
     * @param inAnyZone what the stages before that of the zones left
     * @param candidates what all stages left
     * @param ejections who is ejected
     * @param zones whether zones count, and how; with routes, in the base
     * @param reports what the endpoints' reports of their load make of their weights
     */
    record Staged(
            HostSet all,
            Overview overlays,
            Steering steering,
            Candidates inAnyZone,
            Candidates candidates,
            Ejections ejections,
            Zones.State zones,
            ReportedWeights reports) {}

    /**
     * Stages that have seen no endpoint.
     *
     * @param hold the stage of those that are not registered any more; borrowed
     * @param changed runs when they would come to something else, on any thread: it must not wait
     */
    Stages(ServiceEngine engine, ServiceEngines.Shared shared, ServiceHold hold, Runnable changed) {
        this.engine = engine;
        this.hold = hold;
        this.pipeline = new Pipeline(engine.loads(), shared.nanoTime(), changed);
        this.zones = new ServiceZones(engine, shared, changed);
        this.overlays = new ServiceOverlays(engine, shared, changed);
        this.reports = new ServiceReports(engine, shared, changed);
    }

    /** What operators have set. */
    ServiceOverlays overlays() {
        return overlays;
    }

    /** Puts off a list that is none to begin with: the registry has not answered, or nobody knows yet what operators have set. */
    boolean putOff(Membership now) {
        return now.state() == Membership.State.LOADING || engine.snapshot() == null && overlays.putOff(now);
    }

    /**
     * Runs all stages, by the present settings.
     *
     * @param declared all endpoints, with the weights that they declare
     * @param registered those of the registry: where it has any, no request reads others in its place
     */
    Staged run(HostSet declared, HostSet registered) {
        EngineSettings settings = engine.settings();
        elsewhere = elsewhere(declared, registered);
        Steering steering = overlays.place(declared, this::isRegistered);
        HostSet all = steering.applied(declared);
        Candidates inAnyZone =
                pipeline.run(all, each -> place(each, steering), settings.slowStart(), settings.outlierEjection());
        Candidates inZones = zones.place(inAnyZone, all);
        ReportedWeights reported = reports.place(inZones, steering);
        return new Staged(
                all,
                overlays.overview(),
                steering,
                inAnyZone,
                reported.candidates(),
                pipeline.ejections(),
                zones.state(),
                reported);
    }

    private static Set<String> elsewhere(HostSet declared, HostSet registered) {
        Set<String> addresses =
                registered.endpoints().stream().map(Endpoint::address).collect(Collectors.toSet());
        return registered.isEmpty()
                ? Set.of()
                : declared.endpoints().stream()
                        .map(Endpoint::address)
                        .filter(each -> !addresses.contains(each))
                        .collect(Collectors.toUnmodifiableSet());
    }

    private boolean isRegistered(Endpoint declared) {
        return !elsewhere.contains(declared.address()) && hold.isRegistered(declared);
    }

    private Candidates place(Candidates passed, Steering steering) {
        return hold.place(steering.place(passed), steering::declared);
    }

    /** What a run left of some endpoints for each group of the routes, by its metadata: zones count in each by itself. */
    Map<Map<String, String>, Zones> rows(Staged staged, HostSet some, EngineSettings settings, RouteGroups last) {
        Map<Map<String, String>, Zones> rows =
                rows(staged.inAnyZone.among(some), staged.all, staged.steering, settings, last);
        zones.tell(rows);
        return rows;
    }

    private Map<Map<String, String>, Zones> rows(
            Candidates inAnyZone, HostSet known, Steering steering, EngineSettings settings, RouteGroups last) {
        return settings.routes().isEmpty()
                ? Map.of()
                : RouteGroups.rows(
                        settings.routes(),
                        inAnyZone,
                        (row, members) -> inZones(row, known.filter(members), steering, settings),
                        last);
    }

    private Zones inZones(Candidates passed, HostSet known, Steering steering, EngineSettings settings) {
        Zones inZones = zones.suppose(passed, known, settings);
        return new Zones(reports.suppose(inZones.candidates(), steering, settings), inZones.state());
    }

    /**
     * What the stages would make of other endpoints by other settings, with what is known now; without any effect.
     *
     * @param others with the weights that they declare
     * @param further overlays that operators have not set
     */
    Supposed suppose(HostSet others, EngineSettings settings, List<Counting> further) {
        Steering steering = overlays.suppose(others, this::isRegistered, settings, further);
        HostSet all = steering.applied(others);
        Candidates inAnyZone = pipeline.suppose(all, passed -> place(passed, steering), settings.outlierEjection());
        return new Supposed(
                inZones(inAnyZone, all, steering, settings).candidates(),
                rows(inAnyZone, all, steering, settings, RouteGroups.NONE),
                steering.refused());
    }

    /** The time until the next run, or null if nothing but a change of the endpoints asks for one. */
    @Nullable Duration untilNextRun() {
        EngineSettings settings = engine.settings();
        return pipeline.untilNextRun(settings.slowStart(), settings.outlierEjection());
    }

    /** Who is ejected at any time. */
    OutlierEjection outlierEjection() {
        return pipeline.outlierEjection();
    }

    /** Whether a supplier around the service's lists keeps to the caller's zone by itself. */
    void keepToZoneInSuppliers(boolean now) {
        zones.inSuppliers(now);
    }

    /** How many endpoints have reported their loads of late. */
    int reporting() {
        return reports.reporting();
    }

    @Override
    public void close() {
        reports.close();
        zones.close();
        overlays.close();
    }
}
