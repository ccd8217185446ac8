package io.github.zklb.membership;

import io.github.zklb.HostSet;
import io.github.zklb.membership.Membership.State;
import java.time.Duration;
import java.time.Instant;

/** A membership that tells nobody of its changes: whoever wants to know looks. */
public final class SilentMembership implements Worker {

    private final ServiceMembership membership =
            new ServiceMembership("stressed", of(HostSet.EMPTY, 0), this, () -> {}, doubted -> {});
    private long version;

    /** What an engine reads. */
    public ServiceMembership membership() {
        return membership;
    }

    /** These are ZooKeeper's endpoints from now on. */
    public void publish(HostSet hosts) {
        version++;
        membership.publish(of(hosts, version));
    }

    private static Membership of(HostSet hosts, long version) {
        return new Membership(hosts, State.SYNCED, "published by a stress test", Instant.EPOCH, version);
    }

    @Override
    public void execute(Runnable task) {}

    @Override
    public long nanoTime() {
        return 0;
    }

    @Override
    public Instant wallClock() {
        return Instant.EPOCH;
    }

    @Override
    public Runnable schedule(Runnable task, Duration delay) {
        return () -> {};
    }
}
