package io.grpc.xds;

import io.grpc.ClientStreamTracer;
import io.grpc.Deadline;
import io.grpc.LoadBalancer;
import io.grpc.LoadBalancer.PickResult;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.protobuf.ProtoUtils;
import io.grpc.xds.WeightedRoundRobinLoadBalancer.WeightedRoundRobinLoadBalancerConfig;
import io.grpc.xds.shaded.com.github.xds.data.orca.v3.OrcaLoadReport;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/** A way to gRPC's weighted_round_robin, which is not public: hence this package. All hosts are connected at once. For one thread. */
public final class WeightedRoundRobinPicks {

    private static final Metadata.Key<OrcaLoadReport> REPORT = Metadata.Key.of(
            "endpoint-load-metrics-bin", ProtoUtils.metadataMarshaller(OrcaLoadReport.getDefaultInstance()));

    private final WeightedRoundRobinLoadBalancerConfig config;
    private final LongSupplier nanoTime;
    private final LoadBalancer balancer;
    private final List<Due> scheduled = new ArrayList<>();
    private final ConnectedHosts hosts = new Hosts();

    private record Due(long at, Runnable task) {}

    /**
     * With no hosts yet.
     *
     * @param blackout how long after its first report a host's weight is not used
     */
    public WeightedRoundRobinPicks(LongSupplier nanoTime, Random random, long blackout) {
        this.nanoTime = nanoTime;
        config = WeightedRoundRobinLoadBalancerConfig.newBuilder()
                .setBlackoutPeriodNanos(blackout)
                .build();
        balancer = new WeightedRoundRobinLoadBalancer(
                hosts,
                new Deadline.Ticker() {
                    @Override
                    public long nanoTime() {
                        return nanoTime.getAsLong();
                    }
                },
                random);
    }

    /** Runs what the balancer wanted to run by now. */
    public void runDue() {
        long now = nanoTime.getAsLong();
        List<Due> due = scheduled.stream().filter(each -> each.at <= now).toList();
        scheduled.removeAll(due);
        due.forEach(each -> each.task.run());
    }

    /** The hosts from now on, each of which is known by its port. */
    public void update(List<Integer> ports) {
        hosts.update(balancer, ports, config);
    }

    /** A call that is on its way to a port. */
    public record Picked(int port, ClientStreamTracer tracer) {

        /** An answer, with what the server reports in its trailers. */
        public void answered(boolean good, double utilization, double perSecond, double errorsPerSecond) {
            Metadata trailers = new Metadata();
            trailers.put(
                    REPORT,
                    OrcaLoadReport.newBuilder()
                            .setApplicationUtilization(utilization)
                            .setRpsFractional(perSecond)
                            .setEps(errorsPerSecond)
                            .build());
            tracer.inboundTrailers(trailers);
            tracer.streamClosed(good ? Status.OK : Status.UNAVAILABLE);
        }

        /** It ends without an answer. */
        public void lost() {
            tracer.streamClosed(Status.UNAVAILABLE);
        }
    }

    /** Picks a host for a call. */
    public Picked pick() {
        PickResult result = hosts.pick();
        ClientStreamTracer tracer = result.getStreamTracerFactory()
                .newClientStreamTracer(
                        ClientStreamTracer.StreamInfo.newBuilder().build(), new Metadata());
        return new Picked(ConnectedHosts.port(result), tracer);
    }

    /** Keeps what the balancer wants to run later. */
    private final class Hosts extends ConnectedHosts {

        private final ScheduledExecutorService timers = (ScheduledExecutorService) Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {ScheduledExecutorService.class, ScheduledFuture.class},
                (proxy, method, arguments) -> {
                    if (method.getName().equals("schedule")) {
                        long after = ((TimeUnit) arguments[2]).toNanos((long) arguments[1]);
                        scheduled.add(new Due(nanoTime.getAsLong() + after, (Runnable) arguments[0]));
                        return proxy;
                    }
                    return method.getName().equals("cancel") ? true : null;
                });

        @Override
        public ScheduledExecutorService getScheduledExecutorService() {
            return timers;
        }

        @Override
        public String getChannelTarget() {
            return "simulated";
        }
    }
}
