package io.github.zklb.engine;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
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
import java.util.Objects;
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
    private volatile Set<String> elsewhere = Set.of();
    private Steering steered = Steering.NONE;
    private @Nullable Candidates inAnyZone;
    private final ServiceOverlays overlays;
    private final ServiceReports reports;

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

    /**
     * Works in what operators have set.
     *
     * @param declared all endpoints, with the weights that they declare
     * @param registered those of the registry: where it has any, no request reads others in its place
     */
    Steering steer(HostSet declared, HostSet registered) {
        Set<String> addresses =
                registered.endpoints().stream().map(Endpoint::address).collect(Collectors.toSet());
        elsewhere = registered.isEmpty()
                ? Set.of()
                : declared.endpoints().stream()
                        .map(Endpoint::address)
                        .filter(each -> !addresses.contains(each))
                        .collect(Collectors.toUnmodifiableSet());
        return overlays.place(declared, this::isRegistered);
    }

    private boolean isRegistered(Endpoint declared) {
        return !elsewhere.contains(declared.address()) && hold.isRegistered(declared);
    }

    /** Runs all stages, by the present settings, for endpoints that have been steered. */
    Candidates run(HostSet all, Steering steering) {
        EngineSettings settings = engine.settings();
        Candidates passed =
                pipeline.run(all, each -> place(each, steering), settings.slowStart(), settings.outlierEjection());
        inAnyZone = passed;
        steered = steering;
        return reports.place(zones.place(passed, all), steering);
    }

    /** What the last run made of some endpoints for each group of the routes, by its metadata: zones count in each. */
    Map<Map<String, String>, Candidates> rows(HostSet some, HostSet all, EngineSettings settings, RouteGroups last) {
        return rows(Objects.requireNonNull(inAnyZone).among(some), all, steered, settings, last);
    }

    /** The same of other endpoints by other settings, without any effect. */
    Map<Map<String, String>, Candidates> supposeRows(HostSet others, EngineSettings settings, List<Counting> further) {
        Steering steering = overlays.suppose(others, this::isRegistered, settings, further);
        HostSet all = steering.applied(others);
        Candidates passed = pipeline.suppose(all, each -> place(each, steering), settings.outlierEjection());
        return rows(passed, all, steering, settings, RouteGroups.NONE);
    }

    private Map<Map<String, String>, Candidates> rows(
            Candidates passed, HostSet known, Steering steering, EngineSettings settings, RouteGroups last) {
        return settings.routes().isEmpty()
                ? Map.of()
                : RouteGroups.rows(
                        settings.routes(),
                        passed,
                        (row, members) -> reports.suppose(
                                zones.suppose(row, known.filter(members), settings), steering, settings),
                        last);
    }

    private Candidates place(Candidates passed, Steering steering) {
        return hold.place(steering.place(passed), steering::declared);
    }

    /**
     * What the stages would make of other endpoints by other settings, with what is known now; without any effect.
     *
     * @param others with the weights that they declare
     * @param further overlays that operators have not set
     */
    Candidates suppose(HostSet others, EngineSettings settings, List<Counting> further) {
        Steering steering = overlays.suppose(others, this::isRegistered, settings, further);
        HostSet all = steering.applied(others);
        Candidates placed = pipeline.suppose(all, passed -> place(passed, steering), settings.outlierEjection());
        return reports.suppose(zones.suppose(placed, all, settings), steering, settings);
    }

    /** The time until the next run, or null if nothing but a change of the endpoints asks for one. */
    @Nullable Duration untilNextRun() {
        EngineSettings settings = engine.settings();
        return pipeline.untilNextRun(settings.slowStart(), settings.outlierEjection());
    }

    /** Who is ejected as of the last run. */
    Ejections ejections() {
        return pipeline.ejections();
    }

    /** Who is ejected at any time. */
    OutlierEjection outlierEjection() {
        return pipeline.outlierEjection();
    }

    /** Whether the zones of the endpoints count as of the last run, and how. */
    Zones.State zones() {
        return zones.state();
    }

    /** Whether a supplier around the service's lists keeps to the caller's zone by itself. */
    void keepToZoneInSuppliers(boolean now) {
        zones.inSuppliers(now);
    }

    /** What the reports of the endpoints' own loads make of their weights as of the last run. */
    ReportedWeights reportedWeights() {
        return reports.weights();
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
