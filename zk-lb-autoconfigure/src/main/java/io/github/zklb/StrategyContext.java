package io.github.zklb;

import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * What a strategy is given at its creation. Time and chance come from here, so that a test can control both.
 *
 * @param serviceId the service whose endpoints are picked
 * @param random a source of random numbers that any number of threads may use at once
 * @param nanoTime monotonic time in nanoseconds, as {@link System#nanoTime()}
 * @param loads what is known of the endpoints from this client's calls
 * @param picks hears of the picks that are out of the ordinary
 */
public record StrategyContext(
        String serviceId, RandomGenerator random, LongSupplier nanoTime, EndpointLoads loads, PickListener picks) {

    /**
     * Where nobody listens to the picks.
     *
     * @param serviceId the service whose endpoints are picked
     * @param random a source of random numbers that any number of threads may use at once
     * @param nanoTime monotonic time in nanoseconds
     * @param loads what is known of the endpoints from this client's calls
     */
    public StrategyContext(String serviceId, RandomGenerator random, LongSupplier nanoTime, EndpointLoads loads) {
        this(serviceId, random, nanoTime, loads, PickListener.NONE);
    }

    /**
     * Where nobody counts the calls.
     *
     * @param serviceId the service whose endpoints are picked
     * @param random a source of random numbers that any number of threads may use at once
     * @param nanoTime monotonic time in nanoseconds
     */
    public StrategyContext(String serviceId, RandomGenerator random, LongSupplier nanoTime) {
        this(serviceId, random, nanoTime, EndpointLoads.NONE);
    }
}
