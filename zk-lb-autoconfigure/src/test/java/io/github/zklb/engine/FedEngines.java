package io.github.zklb.engine;

import io.github.zklb.engine.probes.Probes;
import io.github.zklb.engine.probes.TcpProbes;
import io.github.zklb.membership.Lost;
import io.github.zklb.membership.ServiceMembership;
import io.github.zklb.strategy.StrategyCatalogue;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Engines over memberships that a test feeds, with settings that it may change. */
public final class FedEngines {

    private FedEngines() {}

    static ServiceEngines of(Function<String, ServiceMembership> memberships, Supplier<EngineSettings> settings) {
        return of(memberships, settings, new TcpProbes(Lost.PROBE_TIMEOUT), System::nanoTime);
    }

    /** With probes of the test's, which are closed with the engines, and by a clock of its own. */
    public static ServiceEngines of(
            Function<String, ServiceMembership> memberships,
            Supplier<EngineSettings> settings,
            Probes probes,
            LongSupplier nanoTime) {
        return new ServiceEngines(
                memberships,
                new StrategyCatalogue(List.of()),
                id -> settings.get(),
                any -> {},
                (id, hosts) -> hosts,
                probes,
                nanoTime);
    }
}
