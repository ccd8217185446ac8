package io.github.zklb.engine;

import io.github.zklb.engine.probes.Probes;
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
        return new ServiceEngines(
                memberships, new StrategyCatalogue(List.of()), id -> settings.get(), any -> {}, (id, hosts) -> hosts);
    }

    /** With probes of the test's, which are closed with the engines. */
    public static ServiceEngines of(
            Function<String, ServiceMembership> memberships, Supplier<EngineSettings> settings, Probes probes) {
        return new ServiceEngines(
                memberships,
                new StrategyCatalogue(List.of()),
                id -> settings.get(),
                any -> {},
                (id, hosts) -> hosts,
                probes,
                System::nanoTime);
    }

    /** By a clock of the test's; nobody answers a probe. */
    static ServiceEngines of(
            Function<String, ServiceMembership> memberships, Supplier<EngineSettings> settings, LongSupplier nanoTime) {
        return new ServiceEngines(
                memberships,
                new StrategyCatalogue(List.of()),
                id -> settings.get(),
                any -> {},
                (id, hosts) -> hosts,
                (endpoint, delay, verdict) -> {},
                nanoTime);
    }
}
