package io.github.zklb.benchmarks.simulator.peers;

import io.github.zklb.HostSet;
import io.github.zklb.benchmarks.simulator.Client;
import io.github.zklb.benchmarks.simulator.VirtualTime;
import io.grpc.xds.LeastRequestPicks;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/** gRPC's {@code least_request} with its default of two choices, all of whose connections are there. It does not look at weights. */
final class Grpc implements Client {

    private final LeastRequestPicks picks;
    private HostSet hosts;

    Grpc(HostSet hosts, VirtualTime time, RandomGenerator random) {
        this.hosts = hosts;
        this.picks = new LeastRequestPicks(random);
        update(hosts);
    }

    @Override
    public void update(HostSet next) {
        hosts = next;
        picks.update(IntStream.rangeClosed(1, hosts.size()).boxed().toList());
    }

    @Override
    public Sent send(String key) {
        LeastRequestPicks.Picked picked = picks.pick();
        return new PeerCall(hosts.get(picked.port() - 1), picked::end);
    }
}
