package io.github.zklb.benchmarks.simulator.peers;

import io.github.zklb.HostSet;
import io.github.zklb.benchmarks.simulator.Balancing;
import io.github.zklb.benchmarks.simulator.Client;
import io.github.zklb.benchmarks.simulator.VirtualTime;
import java.util.random.RandomGenerator;

/** A balancer of another library, driven by that library's own code. */
public enum Peer implements Balancing {
    FINAGLE_LEAST_LOADED("Finagle least loaded", Finagle::leastLoaded),
    FINAGLE_PEAK_EWMA("Finagle peak EWMA", Finagle::peakEwma),
    GRPC_LEAST_REQUEST("gRPC least_request", Grpc::new),
    GRPC_WEIGHTED_ROUND_ROBIN("gRPC weighted_round_robin", GrpcWeighted::new),
    DIALOGUE_BALANCED("Dialogue balanced", Dialogue::new);

    private final String label;
    private final Maker maker;

    Peer(String label, Maker maker) {
        this.label = label;
        this.maker = maker;
    }

    @Override
    public String label() {
        return label;
    }

    @Override
    public String code() {
        return label;
    }

    @Override
    public Client newClient(HostSet hosts, VirtualTime time, RandomGenerator random) {
        return maker.make(hosts, time, random);
    }

    private interface Maker {
        Client make(HostSet hosts, VirtualTime time, RandomGenerator random);
    }
}
