package io.grpc.xds;

import io.grpc.Attributes;
import io.grpc.ChannelLogger;
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
import io.grpc.SynchronizationContext;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/** What gRPC's balancers see of a channel: hosts that are connected as soon as they are named, without a network. For one thread. */
class ConnectedHosts extends LoadBalancer.Helper {

    private final SynchronizationContext synchronization = new SynchronizationContext((thread, error) -> {
        throw new IllegalStateException(error);
    });
    private SubchannelPicker picker = new LoadBalancer.FixedResultPicker(PickResult.withNoResult());

    /** The hosts of a balancer from now on, each of which is known by its port. */
    final void update(LoadBalancer balancer, List<Integer> ports, Object config) {
        List<EquivalentAddressGroup> groups = new ArrayList<>();
        for (int port : ports) {
            groups.add(new EquivalentAddressGroup(InetSocketAddress.createUnresolved("server", port)));
        }
        synchronization.execute(() -> balancer.acceptResolvedAddresses(ResolvedAddresses.newBuilder()
                .setAddresses(groups)
                .setAttributes(Attributes.EMPTY)
                .setLoadBalancingPolicyConfig(config)
                .build()));
    }

    /** What the balancer picks. */
    final PickResult pick() {
        return picker.pickSubchannel(null);
    }

    /** The port of the host that was picked. */
    static int port(PickResult result) {
        return ((InetSocketAddress)
                        result.getSubchannel().getAddresses().getAddresses().get(0))
                .getPort();
    }

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
                synchronization.execute(
                        () -> listener.onSubchannelState(ConnectivityStateInfo.forNonError(ConnectivityState.READY)));
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

    private static final class Silent extends ChannelLogger {

        @Override
        public void log(ChannelLogLevel level, String message) {}

        @Override
        public void log(ChannelLogLevel level, String template, Object... arguments) {}
    }
}
