package io.github.zklb.benchmarks.simulator;

/**
 * What came of simulations.
 *
 * @param p50 the median latency in milliseconds: of good answers, and of requests that ran into the time-out
 * @param p99 the 99th percentile of it
 * @param errorRate the part of the requests that failed or ran into the time-out
 * @param hottest the most requests to an endpoint, over its share by weight; the average of the simulations
 * @param coldest the fewest, over its share by weight
 * @param faultyShare the part of the requests that went to the (first) faulty endpoint
 * @param atOwner the part of the picks by key that went to the key's owner; not a number where no key has one
 * @param mostCallsToEject the most calls that ended badly at one endpoint, of one client, until it was ejected
 */
record Outcome(
        double p50,
        double p99,
        double errorRate,
        double hottest,
        double coldest,
        double faultyShare,
        double atOwner,
        int mostCallsToEject) {}
