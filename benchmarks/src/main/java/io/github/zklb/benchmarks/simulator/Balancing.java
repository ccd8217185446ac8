package io.github.zklb.benchmarks.simulator;

import io.github.zklb.HostSet;
import java.util.random.RandomGenerator;

/** A way to balance: a strategy of zk-lb with its settings, or a peer. */
public interface Balancing {

    /** As people name it. */
    String label();

    /** Whether it ejects endpoints for their answers, and starts newcomers slowly. */
    default boolean isGuarded() {
        return false;
    }

    /** As a table in Markdown names it. */
    default String code() {
        return "`" + label().replaceFirst(",|$", "`$0");
    }

    /** A client that has sent nothing yet. */
    Client newClient(HostSet hosts, VirtualTime time, RandomGenerator random);
}
