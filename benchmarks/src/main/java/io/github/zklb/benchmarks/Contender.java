package io.github.zklb.benchmarks;

import io.github.zklb.benchmarks.Fleet.Weights;
import io.github.zklb.strategy.ConsistentHashSettings.Algorithm;
import java.util.function.Function;

/** A way to pick that is measured. */
public enum Contender {
    /** zk-lb's rotation, all weights counting 1. */
    ROUND_ROBIN(Kind.ROTATION, "zk-lb `round-robin`", Weights.EQUAL, fleet -> ZkLb.keyless("round-robin", fleet)),
    /** zk-lb's rotation over a cycle that is written out. */
    WEIGHTED(Kind.ROTATION, "zk-lb `weighted`", Weights.NARROW, fleet -> ZkLb.keyless("weighted", fleet)),
    /** zk-lb's rotation over a cycle that is computed. */
    WEIGHTED_WIDE(
            Kind.ROTATION,
            "zk-lb `weighted`, weights to 1,000",
            Weights.WIDE,
            fleet -> ZkLb.keyless("weighted", fleet)),
    /** zk-lb's alias table. */
    WEIGHTED_RANDOM(
            Kind.ROTATION, "zk-lb `weighted-random`", Weights.NARROW, fleet -> ZkLb.keyless("weighted-random", fleet)),
    /** zk-lb's rotation where three of four zones are given a part of their shares. */
    ZONES(Kind.ROTATION, "zk-lb `weighted`, `zone.mode: balanced`", Weights.NARROW, ZkLb::inZones),
    /** Armeria's weighted round robin. */
    ARMERIA_WEIGHTED(Kind.ROTATION, "Armeria weighted round robin", Weights.NARROW, Armeria::weighted),
    /** The same with weights far apart. */
    ARMERIA_WEIGHTED_WIDE(
            Kind.ROTATION, "Armeria weighted round robin, weights to 1,000", Weights.WIDE, Armeria::weighted),
    /** Dubbo's smooth weighted round robin. */
    DUBBO_WEIGHTED(Kind.ROTATION, "Dubbo weighted round robin", Weights.NARROW, Dubbo::weighted),
    /** Spring's round robin. */
    SPRING_ROUND_ROBIN(Kind.ROTATION, "Spring `RoundRobinLoadBalancer`", Weights.EQUAL, SpringCloud::roundRobin),
    /** Spring's round robin over a list that is made anew for each request. */
    SPRING_WEIGHTED(
            Kind.ROTATION, "Spring `RoundRobinLoadBalancer`, weighted supplier", Weights.NARROW, SpringCloud::weighted),

    /** zk-lb's two choices by requests in flight. */
    LEAST_REQUEST(Kind.LOAD, "zk-lb `least-request`", Weights.EQUAL, fleet -> ZkLb.byLoad("least-request", fleet)),
    /** zk-lb's two choices by expected time. */
    PEAK_EWMA(Kind.LOAD, "zk-lb `peak-ewma`", Weights.EQUAL, fleet -> ZkLb.byLoad("peak-ewma", fleet)),

    /** zk-lb's ring. */
    RING(Kind.HASH, "zk-lb `ring`", Weights.EQUAL, fleet -> ZkLb.byKey(Algorithm.RING, fleet)),
    /** zk-lb's Maglev table. */
    MAGLEV(Kind.HASH, "zk-lb `maglev`", Weights.EQUAL, fleet -> ZkLb.byKey(Algorithm.MAGLEV, fleet)),
    /** zk-lb's rendezvous table. */
    RENDEZVOUS(Kind.HASH, "zk-lb `rendezvous`", Weights.EQUAL, fleet -> ZkLb.byKey(Algorithm.RENDEZVOUS, fleet)),
    /** D2's ring as D2 hashes a text. */
    D2_RING(Kind.HASH, "D2 point ring", Weights.EQUAL, D2::pointRing),
    /** D2's ring alone. */
    D2_RING_OUR_HASH(Kind.HASH, "D2 point ring with zk-lb's hash", Weights.EQUAL, D2::pointRingWithOurHash),
    /** Dubbo's ring. */
    DUBBO_HASH(Kind.HASH, "Dubbo consistent hash", Weights.EQUAL, Dubbo::consistentHash),
    /** zk-lb's ring with a bound. */
    BOUNDED(Kind.HASH, "zk-lb `ring`, `bounded-load: 1.25`, with accounting", Weights.EQUAL, ZkLb::bounded),
    /** D2's ring with the same bound. */
    D2_BOUNDED(Kind.HASH, "D2 bounded-load ring with zk-lb's hash, with accounting", Weights.EQUAL, D2::boundedRing);

    final Kind kind;
    final String label;
    private final Weights weights;
    private final Function<Fleet, Pick> newPick;

    Contender(Kind kind, String label, Weights weights, Function<Fleet, Pick> newPick) {
        this.kind = kind;
        this.label = label;
        this.weights = weights;
        this.newPick = newPick;
    }

    /** A balancer over so many endpoints, ready to pick. */
    Pick pick(int endpoints) {
        return newPick.apply(Fleet.of(endpoints, weights));
    }

    /** What a pick goes by. */
    enum Kind {
        ROTATION("Picks without a key"),
        LOAD("Picks by load"),
        HASH("Picks by key");

        final String title;

        Kind(String title) {
            this.title = title;
        }
    }
}
