package io.github.zklb.engine;

import io.github.zklb.PickContext;
import io.github.zklb.membership.Membership;
import io.github.zklb.membership.ServiceMembership;

/** The sentences that say why a service has no endpoint for a request. */
final class NoEndpoint {

    private NoEndpoint() {}

    static String reason(ServiceEngine engine, PickContext request) {
        String service = "service " + engine.serviceId() + " has no instance";
        ServiceMembership registry = engine.membership();
        if (registry == null) {
            return service + " yet: nobody has supplied a list";
        }
        Membership known = registry.current();
        Snapshot current = engine.snapshot();
        int registered = known.hosts().size();
        if (registered == 0) {
            return known.state() == Membership.State.SYNCED
                    ? service + ": none is registered in ZooKeeper"
                    : known.cause();
        }
        if (current == null) {
            return service + " yet: the strategy '" + engine.settings().strategy() + "' has made no picker of the "
                    + registered + " registered; if it failed, the log says how";
        }
        if (current.candidates().hosts().isEmpty()) {
            return service + " that serves: each of the " + registered
                    + " registered has weight 0 or an instance_status other than UP";
        }
        return picked(engine, request, current.candidates().hosts().size());
    }

    /** Why the strategy gives none of some endpoints. */
    static String picked(ServiceEngine engine, PickContext request, int endpoints) {
        EngineSettings settings = engine.settings();
        return engine.refuses(request)
                ? "the request to service " + engine.serviceId() + " has no hash key in any of " + settings.keySources()
                        + ", and zk-lb.consistent-hash.when-missing is 'fail'; send a key, or name a strategy there"
                : "service " + engine.serviceId() + " has no instance: the strategy '" + settings.strategy()
                        + "' picked none of " + endpoints;
    }
}
