package io.github.zklb.benchmarks;

import io.github.zklb.Strategy;
import io.github.zklb.benchmarks.Fleet.Weights;
import io.github.zklb.strategy.ConsistentHashSettings.Algorithm;
import java.util.List;
import java.util.function.Supplier;

/** What a balancer makes of its endpoints before it can pick, of which the cost is measured. */
public enum Table {
    /** zk-lb's ring of virtual nodes. */
    RING("zk-lb `ring`", Weights.EQUAL, () -> keeping(ZkLb.hashing(Algorithm.RING))),
    /** zk-lb's Maglev table. */
    MAGLEV("zk-lb `maglev`", Weights.EQUAL, () -> keeping(ZkLb.hashing(Algorithm.MAGLEV))),
    /** zk-lb's rendezvous table. */
    RENDEZVOUS("zk-lb `rendezvous`", Weights.EQUAL, () -> keeping(ZkLb.hashing(Algorithm.RENDEZVOUS))),
    /** D2's ring. */
    D2_RING("D2 point ring", Weights.EQUAL, () -> D2::ring),
    /** Dubbo's ring. */
    DUBBO_HASH("Dubbo consistent hash", Weights.EQUAL, Dubbo::consistentHash),
    /** zk-lb's rotation. */
    WEIGHTED("zk-lb `weighted`", Weights.NARROW, () -> keeping(ZkLb.keyless("weighted"))),
    /** Armeria's rotation. */
    ARMERIA_WEIGHTED("Armeria weighted round robin", Weights.NARROW, () -> Armeria::balancer);

    private static final int DUBBO_LIMIT = 1_000;

    final String label;
    private final Weights weights;
    private final Supplier<Build> newBuild;

    Table(String label, Weights weights, Supplier<Build> newBuild) {
        this.label = label;
        this.weights = weights;
        this.newBuild = newBuild;
    }

    /** A client that has met no fleet yet. */
    Build newBuild() {
        return newBuild.get();
    }

    /** A fleet of so many endpoints, as this one is measured with. */
    Fleet fleet(int endpoints) {
        return Fleet.of(endpoints, weights);
    }

    /** Whether a build takes so little time that it can be measured. */
    boolean isBuiltInTime(int endpoints) {
        return this != DUBBO_HASH || endpoints <= DUBBO_LIMIT;
    }

    private static Build keeping(Strategy strategy) {
        return fleet -> List.of(strategy, strategy.newPicker(fleet.hosts()));
    }
}
