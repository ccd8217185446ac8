package io.github.zklb.benchmarks.simulator;

import io.github.zklb.HostSet;
import java.util.random.RandomGenerator;

/** Guarded, and with ejection for slow answers as the product has it by default. */
enum EjectingSlow implements Balancing {
    ROUND_ROBIN;

    @Override
    public String label() {
        return "round-robin, guarded, slow-factor 5";
    }

    @Override
    public boolean isGuarded() {
        return true;
    }

    @Override
    public Client newClient(HostSet hosts, VirtualTime time, RandomGenerator random) {
        return new ZkLbClient(ZkLbBalancing.ROUND_ROBIN_GUARDED, ZkLbClient.FOR_SLOWNESS_TOO, hosts, time, random);
    }
}
