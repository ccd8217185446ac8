package io.github.zklb.engine;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.calls.CountedCall;
import io.github.zklb.calls.Failures;
import io.github.zklb.calls.LoadSettings;
import io.github.zklb.engine.probes.LastContact;
import io.github.zklb.engine.work.BuilderThreads;
import io.github.zklb.membership.HoldSettings;
import io.github.zklb.membership.SilentMembership;
import io.github.zklb.membership.WorkerThread;
import io.github.zklb.policy.OverlaySettings;
import io.github.zklb.strategy.ConsistentHashSettings;
import io.github.zklb.strategy.StrategyCatalogue;
import io.github.zklb.strategy.StrategySettings;
import io.github.zklb.traffic.OutlierEjectionSettings;
import io.github.zklb.traffic.SlowStartSettings;
import io.github.zklb.traffic.ZoneSettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;

/**
 * A service's engine works in a change of all its endpoints while requests read what it has published: the product's own
 * stages, bounded ring and exchange, with nothing in the place of any of them.
 */
public final class SnapshotStress {

    private static final String GENERATION = "generation";
    private static final HostSet OLD = hosts("1");
    private static final HostSet NEW = hosts("2");
    private static final PickContext REQUEST = PickContext.ofKey("key");
    private static final EngineSettings SETTINGS = settings();
    private static final ServiceEngines.Shared SHARED = shared();

    private SnapshotStress() {}

    /** The same addresses with something else in the metadata: no endpoint equals one of the other generation. */
    private static HostSet hosts(String generation) {
        return HostSet.of(Stream.of("a", "b")
                .map(host -> Endpoint.of(host, 80).withMetadata(Map.of(GENERATION, generation)))
                .toList());
    }

    /** A ring of few points with a bound, so that each pick reserves. */
    private static EngineSettings settings() {
        ConsistentHashSettings defaults = ConsistentHashSettings.DEFAULTS;
        ConsistentHashSettings ring = new ConsistentHashSettings(
                ConsistentHashSettings.Algorithm.RING,
                4,
                defaults.tableSize(),
                1.25,
                defaults.identity(),
                defaults.whenMissing());
        return new EngineSettings(
                EngineSettings.Source.ZOOKEEPER,
                ConsistentHashSettings.STRATEGY,
                new StrategySettings(ring),
                List.of(),
                Duration.ZERO,
                LoadSettings.DEFAULTS,
                Failures.DEFAULTS,
                SlowStartSettings.DEFAULTS,
                HoldSettings.DEFAULTS,
                OutlierEjectionSettings.DEFAULTS,
                ZoneSettings.DEFAULTS,
                List.of(),
                OverlaySettings.DEFAULTS);
    }

    /** No timer goes off, and no thread runs but those of the test. */
    private static ServiceEngines.Shared shared() {
        StrategyCatalogue strategies = new StrategyCatalogue(List.of());
        ServiceEngines others = new ServiceEngines(
                id -> new SilentMembership().membership(),
                strategies,
                id -> SETTINGS,
                any -> {},
                (id, hosts) -> hosts,
                (endpoint, delay, verdict) -> {},
                () -> 0);
        WorkerThread timers = new WorkerThread("never");
        timers.close();
        BuilderThreads builders = new BuilderThreads(timers);
        return new ServiceEngines.Shared(
                strategies,
                timers,
                builders,
                () -> 0,
                (endpoint, delay, verdict) -> {},
                new LastContact(() -> 0),
                others);
    }

    /** An engine that serves the old endpoints, and whose registry has the new ones by now. */
    private static ServiceEngine engine() {
        SilentMembership registry = new SilentMembership();
        ServiceEngine engine = new ServiceEngine("stressed", registry::membership, SETTINGS, hosts -> hosts, SHARED);
        registry.publish(OLD);
        engine.open();
        engine.snapshots().work();
        registry.publish(NEW);
        return engine;
    }

    /** The generation that all parts of a publication are of; 0 if they are not of one, -1 if there is none to pick. */
    private static int generation(Published published) {
        Snapshot snapshot = Objects.requireNonNull(published.snapshot());
        Endpoint picked = snapshot.pick(REQUEST);
        if (picked == null) {
            return -1;
        }
        int generation = generation(picked);
        HostSet whole = generation == 1 ? OLD : NEW;
        return Stream.of(
                                published.known(),
                                published.candidates().hosts(),
                                snapshot.membership().hosts(),
                                snapshot.candidates().hosts(),
                                snapshot.view())
                        .allMatch(whole::equals)
                ? generation
                : 0;
    }

    private static int generation(Endpoint endpoint) {
        return Integer.parseInt(Objects.requireNonNull(endpoint.metadata().get(GENERATION)));
    }

    private static int taken(ServiceEngine engine) {
        return OLD.endpoints().stream()
                .mapToInt(each -> engine.loads().of(each).inFlight())
                .sum();
    }

    /** A request reads what is published, twice. */
    @JCStressTest
    @Outcome(
            id = {"1, 1, 2", "1, 2, 2", "2, 2, 2"},
            expect = Expect.ACCEPTABLE,
            desc = "all old or all new, and never old again")
    @State
    public static class Exchange {

        private final ServiceEngine engine = engine();

        @Actor
        public void changes() {
            engine.snapshots().work();
        }

        @Actor
        public void reads(III_Result result) {
            result.r1 = generation(engine.snapshots().published());
            result.r2 = generation(engine.snapshots().published());
        }

        @Arbiter
        public void end(III_Result result) {
            result.r3 = generation(engine.snapshots().published());
        }
    }

    /** A request is sent to what was picked, from whichever snapshot, and ends: nothing stays reserved, none is in flight. */
    @JCStressTest
    @Outcome(
            id = {"1, 0", "2, 0"},
            expect = Expect.ACCEPTABLE,
            desc = "the reservation is given back")
    @State
    public static class Reservation {

        private final ServiceEngine engine = engine();

        @Actor
        public void changes() {
            engine.snapshots().work();
        }

        @Actor
        public void requests(II_Result result) {
            Endpoint picked = Objects.requireNonNull(
                    Objects.requireNonNull(engine.snapshot()).pick(REQUEST));
            CountedCall call = Objects.requireNonNull(engine.start(picked.address()));
            call.end(200);
            result.r1 = generation(picked);
        }

        @Arbiter
        public void end(II_Result result) {
            result.r2 = taken(engine);
        }
    }

    /** A reservation of the old snapshot counts in the new one until its request has taken it over. */
    @JCStressTest
    @Outcome(
            id = {"1, 1", "2, 1"},
            expect = Expect.ACCEPTABLE,
            desc = "one is in flight, and nothing is reserved")
    @State
    public static class RequestUnderWay {

        private final ServiceEngine engine = engine();

        @Actor
        public void changes() {
            engine.snapshots().work();
        }

        @Actor
        public void requests(II_Result result) {
            Endpoint picked = Objects.requireNonNull(
                    Objects.requireNonNull(engine.snapshot()).pick(REQUEST));
            Objects.requireNonNull(engine.start(picked.address()));
            result.r1 = generation(picked);
        }

        @Arbiter
        public void end(II_Result result) {
            result.r2 = taken(engine);
        }
    }
}
