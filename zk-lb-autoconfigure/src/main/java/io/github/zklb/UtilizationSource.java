package io.github.zklb;

/**
 * Says how much of the application's capacity is in use, where that is not the processor: threads, connections, places in a queue.
 * A bean of this type is asked about once a second for load reports; consumers go by it instead of the processor's utilization.
 */
@FunctionalInterface
public interface UtilizationSource {

    /**
     * The part of the capacity that is in use at present: 0 is idle, 1 is full, more is overload. Called on the thread of a
     * request: it must not wait.
     *
     * @return NaN, or 0, to leave it to the processor
     */
    double utilization();
}
