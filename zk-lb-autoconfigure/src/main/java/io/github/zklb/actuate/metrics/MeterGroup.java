package io.github.zklb.actuate.metrics;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Meters in one registry that are read from one thing, have the same tags, and are removed together. The registry does not
 * keep the thing alive, and the functions that read it must not either.
 *
 * @param of what the meters are read from
 * @param tags what each further meter has
 * @param meters those that are registered
 */
record MeterGroup<T>(MeterRegistry registry, T of, Tags tags, List<Meter> meters) {

    /** The tag with the service's id, which all of our meters have. */
    static final String SERVICE_ID = "service.id";

    /** The same group, in which each further meter has one more tag. */
    MeterGroup<T> with(String key, String value) {
        return new MeterGroup<>(registry, of, tags.and(key, value), meters);
    }

    /** The same group, in which each further meter is read from something else. */
    <S> MeterGroup<S> from(S other) {
        return new MeterGroup<>(registry, other, tags, meters);
    }

    /** A constant as the value of a tag: in lower case, words joined by hyphens. */
    static String tag(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    void gauge(String name, @Nullable String unit, String description, ToDoubleFunction<T> value) {
        meters.add(Gauge.builder(name, of, value)
                .description(description)
                .baseUnit(unit)
                .tags(tags)
                .register(registry));
    }

    void time(String name, String description, TimeUnit unit, ToDoubleFunction<T> value) {
        meters.add(TimeGauge.builder(name, of, unit, value)
                .description(description)
                .tags(tags)
                .register(registry));
    }

    void counter(String name, String unit, String description, ToDoubleFunction<T> value) {
        meters.add(FunctionCounter.builder(name, of, value)
                .description(description)
                .baseUnit(unit)
                .tags(tags)
                .register(registry));
    }

    void timer(String name, String description, ToLongFunction<T> count, ToDoubleFunction<T> nanos) {
        meters.add(FunctionTimer.builder(name, of, count, nanos, TimeUnit.NANOSECONDS)
                .description(description)
                .tags(tags)
                .register(registry));
    }

    /** Removes them from the registry. */
    void remove() {
        meters.forEach(registry::remove);
    }
}
