package io.github.zklb.benchmarks.simulator;

/**
 * What came of simulations.
 *
 * @param p50 the median latency in milliseconds: of good answers, and of requests that ran into the time-out
 * @param p99 the 99th percentile of it
 * @param errorRate the part of the requests that failed or ran into the time-out
 * @param hottest the requests to the busiest endpoint, over the mean of all; the average of the simulations
 * @param faultyShare the part of the requests that went to the (first) faulty endpoint
 */
record Outcome(double p50, double p99, double errorRate, double hottest, double faultyShare) {}
