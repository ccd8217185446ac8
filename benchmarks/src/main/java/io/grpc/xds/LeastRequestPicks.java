package io.grpc.xds;

import io.grpc.Attributes;
import io.grpc.ChannelLogger;
import io.grpc.ClientStreamTracer;
import io.grpc.ConnectivityState;
import io.grpc.ConnectivityStateInfo;
import io.grpc.EquivalentAddressGroup;
import io.grpc.LoadBalancer;
import io.grpc.LoadBalancer.CreateSubchannelArgs;
import io.grpc.LoadBalancer.PickResult;
import io.grpc.LoadBalancer.ResolvedAddresses;
import io.grpc.LoadBalancer.Subchannel;
import io.grpc.LoadBalancer.SubchannelPicker;
import io.grpc.LoadBalancer.SubchannelStateListener;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.SynchronizationContext;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** A way to gRPC's least_request, which is not public: hence this package. All hosts are connected at once. For one thread. */
public final class LeastRequestPicks {

    private static final int CHOICES = 2;

    private final SynchronizationContext synchronization = new SynchronizationContext((thread, error) -> {
        throw new IllegalStateException(error);
    });
    private final LoadBalancer balancer;
    private SubchannelPicker picker = new LoadBalancer.FixedResultPicker(PickResult.withNoResult());

    /** With no hosts yet. */
    public LeastRequestPicks(RandomGenerator random) {
        balancer = new LeastRequestLoadBalancer(new Connected(), new ThreadSafeRandom() {
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
        List<EquivalentAddressGroup> groups = new ArrayList<>();
        for (int port : ports) {
            groups.add(new EquivalentAddressGroup(InetSocketAddress.createUnresolved("server", port)));
        }
        synchronization.execute(() -> balancer.acceptResolvedAddresses(ResolvedAddresses.newBuilder()
                .setAddresses(groups)
                .setAttributes(Attributes.EMPTY)
                .setLoadBalancingPolicyConfig(new LeastRequestLoadBalancer.LeastRequestConfig(CHOICES))
                .build()));
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
        PickResult result = picker.pickSubchannel(null);
        ClientStreamTracer tracer = result.getStreamTracerFactory()
                .newClientStreamTracer(
                        ClientStreamTracer.StreamInfo.newBuilder().build(), new Metadata());
        tracer.streamCreated(Attributes.EMPTY, new Metadata());
        InetSocketAddress address = (InetSocketAddress)
                result.getSubchannel().getAddresses().getAddresses().get(0);
        return new Picked(address.getPort(), tracer);
    }

    private final class Connected extends LoadBalancer.Helper {

        @Override
        public Subchannel createSubchannel(CreateSubchannelArgs args) {
            return new Subchannel() {

                private SubchannelStateListener listener;

                @Override
                public void start(SubchannelStateListener itsListener) {
                    listener = itsListener;
                }

                @Override
                public void requestConnection() {
                    synchronization.execute(() ->
                            listener.onSubchannelState(ConnectivityStateInfo.forNonError(ConnectivityState.READY)));
                }

                @Override
                public void shutdown() {}

                @Override
                public void updateAddresses(List<EquivalentAddressGroup> same) {}

                @Override
                public List<EquivalentAddressGroup> getAllAddresses() {
                    return args.getAddresses();
                }

                @Override
                public Attributes getAttributes() {
                    return args.getAttributes();
                }

                @Override
                public ChannelLogger getChannelLogger() {
                    return new Silent();
                }
            };
        }

        @Override
        public ManagedChannel createOobChannel(EquivalentAddressGroup group, String authority) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void updateBalancingState(ConnectivityState state, SubchannelPicker next) {
            picker = next;
        }

        @Override
        public void refreshNameResolution() {}

        @Override
        public SynchronizationContext getSynchronizationContext() {
            return synchronization;
        }

        @Override
        public ChannelLogger getChannelLogger() {
            return new Silent();
        }

        @Override
        public String getAuthority() {
            return "simulated";
        }
    }

    private static final class Silent extends ChannelLogger {

        @Override
        public void log(ChannelLogLevel level, String message) {}

        @Override
        public void log(ChannelLogLevel level, String template, Object... arguments) {}
    }
}
