package io.github.zklb.membership;

import io.github.zklb.HostSet;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.membership.Membership.Stored;
import java.time.Duration;
import java.time.Instant;

/** The membership of a service to which a test gives its endpoints in ZooKeeper's place, on the thread that does so. */
public final class FedMembership {

    private final ServiceMembership membership;
    private long version;

    /** Begins without an answer. */
    public FedMembership(String serviceId) {
        Membership loading = new Membership(HostSet.EMPTY, State.LOADING, "a test has fed nothing", Instant.EPOCH, 0);
        membership = new ServiceMembership(serviceId, loading, new AtOnce(), () -> {}, doubted -> {});
    }

    /** What balancers subscribe to. */
    public ServiceMembership membership() {
        return membership;
    }

    /** Gives what an earlier process stored. */
    public void restore(HostSet hosts, Instant confirmed) {
        membership.remember(new Stored(hosts, confirmed));
    }

    /** Publishes these endpoints as ZooKeeper's. */
    public void publish(HostSet hosts) {
        version++;
        membership.publish(new Membership(hosts, State.SYNCED, "fed by a test", Instant.EPOCH, version));
    }

    private static final class AtOnce implements Worker {

        @Override
        public void execute(Runnable task) {
            task.run();
        }

        @Override
        public long nanoTime() {
            return System.nanoTime();
        }

        @Override
        public Instant wallClock() {
            return Instant.EPOCH;
        }

        @Override
        public Runnable schedule(Runnable task, Duration delay) {
            throw new UnsupportedOperationException("nothing is due later");
        }
    }
}
