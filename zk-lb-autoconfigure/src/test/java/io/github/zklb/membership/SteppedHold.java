package io.github.zklb.membership;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.membership.Hold.Situation;
import io.github.zklb.membership.Hold.Standing;
import io.github.zklb.membership.Lost.Evidence;
import io.github.zklb.membership.Membership.State;
import java.util.ArrayList;
import java.util.List;

/** A membership with its hold, as an engine runs it, on a test's clock and without probes. */
final class SteppedHold {

    private final ServiceMembership membership;
    private final ManualWorker worker;
    private Hold hold = Hold.NOTHING_KNOWN;

    SteppedHold(ServiceMembership membership, ManualWorker worker) {
        this.membership = membership;
        this.worker = worker;
        membership.subscribe(each -> step());
    }

    void step() {
        Membership now = membership.current();
        boolean connected = now.state() == State.SYNCED || now.state() == State.ABSENT;
        if (now.state() != State.LOADING) {
            Situation situation = new Situation(
                    now.hosts(),
                    now.hosts(),
                    connected,
                    membership.resets(),
                    (address, since) -> false,
                    worker.nanoTime());
            hold = hold.step(situation, HoldSettings.DEFAULTS, worker.nanoTime());
        }
    }

    void refused(Endpoint endpoint) {
        hold = hold.with(endpoint.address(), Evidence.REFUSED, worker.nanoTime());
        step();
    }

    /** How many are held. */
    long held() {
        return hold.standings().values().stream()
                .filter(each -> each != Standing.GONE)
                .count();
    }

    /** The hosts that are served, in their order. */
    List<String> hosts() {
        step();
        List<Endpoint> all = new ArrayList<>(membership.current().hosts().endpoints());
        hold.standings().forEach((endpoint, standing) -> {
            if (standing != Standing.GONE) {
                all.add(endpoint);
            }
        });
        return HostSet.of(all).endpoints().stream().map(Endpoint::host).toList();
    }
}
