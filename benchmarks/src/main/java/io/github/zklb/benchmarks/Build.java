package io.github.zklb.benchmarks;

/** Makes what a balancer picks from. One that keeps something from fleet to fleet has it here. For one thread at a time. */
@FunctionalInterface
interface Build {

    /** What is made for a fleet, with everything that a client holds on to. */
    Object of(Fleet fleet);
}
