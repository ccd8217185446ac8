package io.github.zklb.springcloud;

import io.github.zklb.PickContext;
import io.github.zklb.membership.Membership;
import org.jspecify.annotations.Nullable;

/** Words the reason why a request has no instance. */
final class NoInstance {

    private NoInstance() {}

    static String reason(
            ServiceBalancer balancer, @Nullable Snapshot snapshot, Membership membership, PickContext context) {
        String serviceId = balancer.serviceId();
        ServiceSettings settings = balancer.tuning().settings();
        if (membership.hosts().isEmpty()) {
            return membership.state() == Membership.State.SYNCED
                    ? "service " + serviceId + " has no instance: none is registered in ZooKeeper"
                    : membership.cause();
        }
        if (snapshot == null) {
            return "service " + serviceId + " has no instance yet: the strategy '" + settings.strategy()
                    + "' has made no picker of the " + membership.hosts().size()
                    + " registered; if it failed, the log says how";
        }
        if (snapshot.serving().isEmpty()) {
            return "service " + serviceId + " has no instance that serves: each of the "
                    + membership.hosts().size() + " registered has weight 0 or an instance_status other than UP";
        }
        if (balancer.refuses(context)) {
            return "the request to service " + serviceId + " has no hash key in any of " + settings.keySources()
                    + ", and zk-lb.consistent-hash.when-missing is 'fail'; send a key, or name a strategy there";
        }
        return "service " + serviceId + " has no instance: the strategy '" + settings.strategy() + "' picked none of "
                + snapshot.serving().size();
    }
}
