package io.github.zklb.benchmarks.simulator.peers;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.benchmarks.simulator.Client;
import io.github.zklb.benchmarks.simulator.VirtualTime;
import io.grpc.xds.WeightedRoundRobinPicks;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * gRPC's {@code weighted_round_robin}, whose servers report their load with each answer. Its blackout is 1 s in the place of 10
 * s, which is longer than a simulation; all else is the default. It does not look at weights that are set.
 */
final class GrpcWeighted implements Client {

    private static final long BLACKOUT = TimeUnit.SECONDS.toNanos(1);

    private final WeightedRoundRobinPicks picks;
    private HostSet hosts;

    GrpcWeighted(HostSet hosts, VirtualTime time, RandomGenerator random) {
        this.hosts = hosts;
        this.picks = new WeightedRoundRobinPicks(time::nanos, new Random(random.nextLong()), BLACKOUT);
        update(hosts);
    }

    @Override
    public void update(HostSet next) {
        hosts = next;
        picks.update(IntStream.rangeClosed(1, hosts.size()).boxed().toList());
    }

    @Override
    public void sweep() {
        picks.runDue();
    }

    @Override
    public Sent send(String key) {
        WeightedRoundRobinPicks.Picked picked = picks.pick();
        return new Reported(hosts.get(picked.port() - 1), picked);
    }

    private static final class Reported implements Sent {

        private final Endpoint endpoint;
        private final WeightedRoundRobinPicks.Picked picked;
        private Load load = new Load(0, 0, 0);

        Reported(Endpoint endpoint, WeightedRoundRobinPicks.Picked picked) {
            this.endpoint = endpoint;
            this.picked = picked;
        }

        @Override
        public Endpoint endpoint() {
            return endpoint;
        }

        @Override
        public void reported(Load now) {
            load = now;
        }

        @Override
        public void answered(boolean good) {
            picked.answered(good, load.utilization(), load.perSecond(), load.errorsPerSecond());
        }

        @Override
        public void gaveUp() {
            picked.lost();
        }

        @Override
        public void refused() {
            picked.lost();
        }
    }
}
