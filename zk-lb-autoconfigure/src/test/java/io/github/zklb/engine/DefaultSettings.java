package io.github.zklb.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.calls.Failures;
import io.github.zklb.calls.LoadSettings;
import io.github.zklb.membership.HoldSettings;
import io.github.zklb.policy.OverlaySettings;
import io.github.zklb.strategy.StrategySettings;
import io.github.zklb.traffic.OutlierEjectionSettings;
import io.github.zklb.traffic.SlowStartSettings;
import io.github.zklb.traffic.ZoneSettings;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Settings of an engine in which nothing is said but the strategy. */
public final class DefaultSettings {

    private DefaultSettings() {}

    /** Those of a service that comes from a source, and for whose first endpoints no call waits. */
    public static EngineSettings of(EngineSettings.Source source, String strategy) {
        return of(source, strategy, Duration.ZERO, SlowStartSettings.DEFAULTS);
    }

    /** The same, with a time that calls wait, and a slow start. */
    public static EngineSettings of(
            EngineSettings.Source source, String strategy, Duration firstLoadTimeout, SlowStartSettings slowStart) {
        return new EngineSettings(
                source,
                strategy,
                StrategySettings.DEFAULTS,
                List.of(),
                firstLoadTimeout,
                LoadSettings.DEFAULTS,
                Failures.DEFAULTS,
                slowStart,
                HoldSettings.DEFAULTS,
                OutlierEjectionSettings.DEFAULTS,
                ZoneSettings.DEFAULTS,
                List.of(),
                OverlaySettings.DEFAULTS);
    }

    /** The same with other values of some components, by the names of these. */
    public static EngineSettings with(EngineSettings plain, Map<String, Object> others) {
        RecordComponent[] components = EngineSettings.class.getRecordComponents();
        assertThat(components).extracting(RecordComponent::getName).containsAll(others.keySet());
        try {
            Object[] values = new Object[components.length];
            Class<?>[] types = new Class<?>[components.length];
            for (int i = 0; i < components.length; i++) {
                Object other = others.get(components[i].getName());
                values[i] = other == null ? components[i].getAccessor().invoke(plain) : other;
                types[i] = components[i].getType();
            }
            return EngineSettings.class.getDeclaredConstructor(types).newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }
}
