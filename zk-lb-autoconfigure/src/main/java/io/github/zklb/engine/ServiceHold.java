package io.github.zklb.engine;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.Message;
import io.github.zklb.Reason;
import io.github.zklb.calls.CountedCall;
import io.github.zklb.calls.UnansweredCalls;
import io.github.zklb.engine.probes.Probes.Verdict;
import io.github.zklb.membership.Hold;
import io.github.zklb.membership.Hold.Situation;
import io.github.zklb.membership.Hold.Standing;
import io.github.zklb.membership.HoldSettings;
import io.github.zklb.membership.Lost.Evidence;
import io.github.zklb.membership.Membership;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.membership.Membership.Stored;
import io.github.zklb.membership.ServiceMembership;
import io.github.zklb.traffic.Candidates;
import io.github.zklb.traffic.Serving;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs the hold of one service: feeds it with what the registry says, what calls tell and what probes find, and probes for
 * it. Steps are for one thread at a time; calls are heard on any. A call to an endpoint that is registered costs a look-up
 * in a map that is mostly empty.
 */
final class ServiceHold implements CountedCall.Listener {

    private static final Logger log = LoggerFactory.getLogger(ServiceEngine.class);

    /** Twice the time after which the store confirms a list that stands. */
    private static final Duration RECENT = Duration.ofMinutes(10);

    private final ServiceEngine engine;
    private final ServiceEngines.Shared shared;
    private final Runnable stepDue;
    private final Queue<UnaryOperator<Hold>> told = new ConcurrentLinkedQueue<>();
    private final UnansweredCalls unanswered;
    private volatile Map<String, Boolean> lost = Map.of();
    private volatile Map<String, Long> registeredSince = Map.of();
    private Hold hold = Hold.NOTHING_KNOWN;
    private boolean begun;
    private volatile Map<Endpoint, Standing> standings = Map.of();
    private Instant heldSince = Instant.EPOCH;
    private boolean holding;
    private volatile Runnable cancelStep = () -> {};

    /**
     * Knows nothing yet.
     *
     * @param stepDue asks for a step, since something has been told or the time for it has come
     */
    ServiceHold(ServiceEngine engine, ServiceEngines.Shared shared, Runnable stepDue) {
        this.engine = engine;
        this.shared = shared;
        this.stepDue = stepDue;
        this.unanswered = new UnansweredCalls(
                shared.nanoTime(), shared.timers()::schedule, address -> tell(address, Evidence.UNANSWERED));
    }

    /**
     * What is known of the service now.
     *
     * @param registry what the registry says
     * @param resets how many times there were signs that the registry lost its data
     * @return the same, with the endpoints that are held
     */
    Membership step(Membership registry, int resets) {
        long now = shared.nanoTime().getAsLong();
        register(registry.hosts(), now);
        for (UnaryOperator<Hold> each = told.poll(); each != null; each = told.poll()) {
            hold = each.apply(hold);
        }
        HoldSettings settings = engine.settings().hold();
        Situation present = situation(registry.hosts(), registry.state().isWhole(), resets);
        Stored before = begun || !present.connected() ? null : baseline(present, settings);
        if (before != null) {
            hold = hold.step(situation(before.hosts(), false, resets), settings, now - 1);
        }
        begun |= present.connected();
        hold = hold.step(present, settings, now);
        standings = hold.standings();
        lost = hold.lost();
        hold.probes().forEach(endpoint -> probe(endpoint, hold.spread()));
        planStep(now);
        Membership known = withHeld(registry, before == null ? Instant.now() : before.confirmed());
        Objects.requireNonNull(engine.membership()).serves(known);
        return known;
    }

    private Situation situation(HostSet hosts, boolean connected, int resets) {
        return new Situation(
                hosts,
                hosts.filter(each -> Serving.serves(each)
                        && !engine.snapshots().stages().overlays().drains(each)),
                connected,
                resets,
                (address, since) -> shared.others().haveRegistered(address, since, engine),
                shared.contact().nanoTime());
    }

    /**
     * What an earlier process stored, unless that is older than a hold may last: this process goes on with it as that one would
     * have done. While something serves, that is not long, as the addresses of others may be strangers' by now.
     */
    private @Nullable Stored baseline(Situation present, HoldSettings settings) {
        ServiceMembership registry = engine.membership();
        Stored stored = registry == null ? null : registry.lastGood();
        Duration recent = Collections.max(List.of(RECENT, settings.gracePeriod()));
        Duration longest = settings.maxDuration();
        Duration oldest = present.serving().isEmpty() ? longest : Collections.min(List.of(longest, recent));
        Instant now = Instant.now();
        return stored != null
                        && stored.confirmed().isAfter(now.minus(oldest))
                        && !stored.confirmed().isAfter(now) // else the clock was put back, and the time says nothing
                ? stored
                : null;
    }

    private void register(HostSet hosts, long now) {
        Map<String, Long> before = registeredSince;
        Map<String, Long> since = new HashMap<>();
        hosts.endpoints().forEach(each -> since.put(each.address(), before.getOrDefault(each.address(), now)));
        registeredSince = since;
        if (!before.keySet().containsAll(since.keySet())) {
            shared.others().registered(engine);
        }
    }

    /** Whether an endpoint has been registered at an address since a point in time, and still is. Thread-safe. */
    boolean hasRegistered(String address, long since) {
        Long at = registeredSince.get(address);
        return at != null && at - since >= 0;
    }

    private void planStep(long now) {
        cancelStep.run();
        OptionalLong due = hold.dueNanos(engine.settings().hold());
        cancelStep =
                due.isEmpty() ? () -> {} : shared.timers().schedule(stepDue, Duration.ofNanos(due.getAsLong() - now));
    }

    private void probe(Endpoint endpoint, Duration spread) {
        Duration delay = Duration.ofNanos(ThreadLocalRandom.current().nextLong(spread.toNanos() + 1));
        shared.probes().probe(endpoint, delay, verdict -> tell(endpoint.address(), evidence(verdict)));
    }

    private static Evidence evidence(Verdict verdict) {
        return switch (verdict) {
            case CONNECTED -> Evidence.PROBE_CONNECTED;
            case REFUSED -> Evidence.PROBE_REFUSED;
            case TIMED_OUT -> Evidence.PROBE_TIMED_OUT;
            case LOCAL_TROUBLE -> Evidence.PROBE_UNDECIDED;
        };
    }

    private Membership withHeld(Membership registry, Instant lost) {
        List<Endpoint> held = standings.entrySet().stream()
                .filter(entry -> entry.getValue() != Standing.GONE)
                .map(Map.Entry::getKey)
                .toList();
        tellOfTheHold(held.size(), lost);
        if (held.isEmpty()) {
            return registry;
        }
        HostSet hosts = and(registry.hosts(), held);
        return registry.state().isWhole()
                ? new Membership(hosts, State.HELD, words(held.size()), heldSince, registry.version())
                : new Membership(hosts, registry.state(), registry.cause(), registry.since(), registry.version());
    }

    private static HostSet and(HostSet hosts, Iterable<Endpoint> others) {
        List<Endpoint> all = new ArrayList<>(hosts.endpoints());
        others.forEach(all::add);
        return HostSet.of(all);
    }

    private String words(int held) {
        return Message.LOST_TOO_MANY_ENDPOINTS_AT_ONCE
                .of(
                        "service %s lost too many endpoints at once: %d that vanished from ZooKeeper are held as long as they prove to be alive (zk-lb.membership.hold)")
                .formatted(engine.serviceId(), held);
    }

    private void tellOfTheHold(int held, Instant lost) {
        if (held > 0 && !holding) {
            heldSince = lost;
            log.warn("{}", words(held));
        }
        holding = held > 0;
    }

    /** These and those that are gone by evidence, of which it is still to be seen why. */
    HostSet andGone(HostSet hosts) {
        List<Endpoint> gone = standings.keySet().stream()
                .filter(each -> is(each, Standing.GONE))
                .toList();
        return gone.isEmpty() ? hosts : and(hosts, gone);
    }

    /**
     * The stage of those that are not registered any more.
     *
     * @param declared gives an endpoint with the weight that it declares
     */
    Candidates place(Candidates candidates, UnaryOperator<Endpoint> declared) {
        return standings.isEmpty()
                ? candidates
                : candidates
                        .because(each -> standings.containsKey(declared.apply(each)), Reason.HELD)
                        .later(each -> is(declared.apply(each), Standing.UNPROVEN), Candidates.UNPROVEN)
                        .because(each -> is(declared.apply(each), Standing.DEMOTED), Reason.HELD_DEMOTED)
                        .later(each -> is(declared.apply(each), Standing.DEMOTED), Candidates.DEMOTED)
                        .without(each -> is(declared.apply(each), Standing.GONE), Reason.HELD_GONE);
    }

    private boolean is(Endpoint endpoint, Standing standing) {
        return standings.get(endpoint) == standing;
    }

    /** Whether an endpoint is registered, and not only held. */
    boolean isRegistered(Endpoint declared) {
        return !standings.containsKey(declared);
    }

    /** Those without a registration; another object at each step that changes any. */
    Map<Endpoint, Standing> standings() {
        return standings;
    }

    /** Another service has endpoints at addresses where it had none: some that this one holds, perhaps. */
    void othersChanged() {
        if (!lost.isEmpty()) {
            stepDue.run();
        }
    }

    /** No step is due any more. */
    void close() {
        cancelStep.run();
    }

    /** A call begins; its end is to be told here. */
    ServiceHold began(String address) {
        if (lost.containsKey(address)) {
            unanswered.began(address);
        }
        return this;
    }

    @Override
    public void answered(String address, int status) {
        shared.contact().now();
        Boolean isSure = lost.get(address);
        if (isSure != null) {
            unanswered.ended(address);
            boolean unavailable = status == 502 || status == 503;
            if (unavailable || !isSure) {
                tell(address, unavailable ? Evidence.UNAVAILABLE : Evidence.ANSWERED);
            }
        }
    }

    @Override
    public void failed(String address, boolean refused) {
        ServiceMembership registry = engine.membership();
        if (registry != null) {
            registry.doubt(address);
        }
        if (lost.containsKey(address)) {
            unanswered.ended(address);
            tell(address, refused ? Evidence.REFUSED : Evidence.FAILED);
        }
    }

    private void tell(String address, Evidence evidence) {
        long now = shared.nanoTime().getAsLong();
        told.add(before -> before.with(address, evidence, now));
        stepDue.run();
    }
}
