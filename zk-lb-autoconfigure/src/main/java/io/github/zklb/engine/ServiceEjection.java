package io.github.zklb.engine;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Picker;
import io.github.zklb.engine.probes.Probes;
import io.github.zklb.membership.ServiceMembership;
import io.github.zklb.traffic.Ejections;
import io.github.zklb.traffic.OutlierEjection;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the ejection of outliers brings about in one service: requests avoid an endpoint from the call on that showed it to fail,
 * before there is another snapshot; one that no connection reaches is probed until one does. Thread-safe.
 */
final class ServiceEjection {

    private static final long FIRST_PROBE_AFTER = Duration.ofSeconds(1).toNanos();
    private static final int DOUBLED_AT_MOST = 3;

    private final ServiceEngine engine;
    private final OutlierEjection ejection;
    private final Probes probes;
    private final Set<String> probed = ConcurrentHashMap.newKeySet();
    private volatile long count;

    /** With nothing ejected. */
    ServiceEjection(ServiceEngine engine, OutlierEjection ejection, Probes probes) {
        this.engine = engine;
        this.ejection = ejection;
        this.probes = probes;
    }

    /** How many endpoints have been ejected, each time counting. */
    long count() {
        return count;
    }

    /** What is ejected has been worked in. For one thread at a time. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // for one thread at a time
    void workedIn(Ejections last, Ejections next, HostSet hosts) {
        if (next.equals(last)) {
            return;
        }
        List<String> added = next.addresses().stream()
                .filter(address -> !last.addresses().contains(address))
                .toList();
        count += added.size();
        ServiceMembership registry = engine.membership();
        if (registry != null) {
            added.forEach(registry::doubt);
        }
        hosts.endpoints().stream()
                .filter(each -> next.unreached().contains(each.address()) && probed.add(each.address()))
                .forEach(each -> probe(each, 0));
    }

    /** Half of the delay is by chance, so that clients are not in step. */
    private void probe(Endpoint endpoint, int attempt) {
        String address = endpoint.address();
        long delay = FIRST_PROBE_AFTER << Math.min(attempt, DOUBLED_AT_MOST);
        long jittered = delay / 2 + ThreadLocalRandom.current().nextLong(delay / 2);
        probes.probe(endpoint, Duration.ofNanos(jittered), verdict -> {
            if (!isUnreached(address)) {
                probed.remove(address);
                if (isUnreached(address) && probed.add(address)) { // ejected again, when it still counted as probed
                    probe(endpoint, 0);
                }
            } else if (verdict == Probes.Verdict.CONNECTED) {
                probed.remove(address);
                ejection.reached(address);
            } else {
                probe(endpoint, attempt + 1);
            }
        });
    }

    private boolean isUnreached(String address) {
        return ejection.current().unreached().contains(address);
    }

    /**
     * The same picker, which keeps requests from endpoints that are ejected from now on. Two volatile reads more for a pick.
     *
     * @param hosts those among which it picks
     * @param known who was ejected when it was made
     */
    Picker following(Picker picker, HostSet hosts, Ejections known) {
        return new Following(picker, hosts, ejection, known);
    }

    /** It looks at the ejections first: what a bounded pick reserves is for the endpoint that the request goes to. */
    private static final class Following implements Picker {

        private final Picker picker;
        private final HostSet hosts;
        private final OutlierEjection ejection;
        private final Ejections known;
        private volatile Since last;

        /** Who was not ejected when the picker was made, and is by now. */
        private record Since(Ejections ejections, Set<Endpoint> endpoints) {}

        Following(Picker picker, HostSet hosts, OutlierEjection ejection, Ejections known) {
            this.picker = picker;
            this.hosts = hosts;
            this.ejection = ejection;
            this.known = known;
            this.last = new Since(known, Set.of());
        }

        @Override
        public @Nullable Endpoint pick(PickContext context) {
            Set<Endpoint> avoided = since(ejection.current());
            if (avoided.isEmpty()) {
                return picker.pick(context);
            }
            Set<Endpoint> tried = new HashSet<>(context.tried());
            tried.addAll(avoided);
            Endpoint picked = picker.pick(new PickContext(context.key(), tried));
            return picked == null ? picker.pick(context) : picked;
        }

        @SuppressWarnings("ReferenceEquality") // another object means another state
        private Set<Endpoint> since(Ejections now) {
            Since since = last;
            if (since.ejections != now) {
                since = new Since(
                        now,
                        hosts.endpoints().stream()
                                .filter(each -> now.of(each) == 0 && known.of(each) > 0)
                                .collect(Collectors.toUnmodifiableSet()));
                last = since;
            }
            return since.endpoints;
        }
    }
}
