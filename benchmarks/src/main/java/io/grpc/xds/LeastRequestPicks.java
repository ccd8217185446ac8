package io.grpc.xds;

import io.grpc.Attributes;
import io.grpc.ClientStreamTracer;
import io.grpc.LoadBalancer;
import io.grpc.LoadBalancer.PickResult;
import io.grpc.Metadata;
import io.grpc.Status;
import java.util.List;
import java.util.random.RandomGenerator;

/** A way to gRPC's least_request, which is not public: hence this package. All hosts are connected at once. For one thread. */
public final class LeastRequestPicks {

    private static final int CHOICES = 2;

    private final ConnectedHosts hosts = new ConnectedHosts();
    private final LoadBalancer balancer;

    /** With no hosts yet. */
    public LeastRequestPicks(RandomGenerator random) {
        balancer = new LeastRequestLoadBalancer(hosts, new ThreadSafeRandom() {
            @Override
            public int nextInt(int bound) {
                return random.nextInt(bound);
            }

            @Override
            public long nextLong() {
                return random.nextLong();
            }

            @Override
            public long nextLong(long bound) {
                return random.nextLong(bound);
            }
        });
    }

    /** The hosts from now on, each of which is known by its port. */
    public void update(List<Integer> ports) {
        hosts.update(balancer, ports, new LeastRequestLoadBalancer.LeastRequestConfig(CHOICES));
    }

    /** A call that is on its way to a port. */
    public record Picked(int port, ClientStreamTracer tracer) {

        /** It has ended. */
        public void end(boolean good) {
            tracer.streamClosed(good ? Status.OK : Status.UNAVAILABLE);
        }
    }

    /** Picks a host, and counts a call to it. */
    public Picked pick() {
        PickResult result = hosts.pick();
        ClientStreamTracer tracer = result.getStreamTracerFactory()
                .newClientStreamTracer(
                        ClientStreamTracer.StreamInfo.newBuilder().build(), new Metadata());
        tracer.streamCreated(Attributes.EMPTY, new Metadata());
        return new Picked(ConnectedHosts.port(result), tracer);
    }
}
