package io.github.zklb.traffic;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.calls.CallHistory;
import io.github.zklb.calls.CallLoad;
import io.github.zklb.calls.CallLoads;
import io.github.zklb.traffic.EjectionPast.Cause;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/**
 * Leaves endpoints alone that fail, and takes them back. There are two reasons for it.
 *
 * <p><b>No connection comes about.</b> Some in a row eject at once, if another endpoint has answered since the first of them,
 * for else it is the caller's own network; and if another one is left. The endpoint comes back when a connection to it is seen
 * to come about.
 *
 * <p><b>Its answers fail or are slow</b>, and ejection for that is enabled: by errors in a row at once; by the rate of errors, by a
 * rate that is an outlier among all, or since half of the answers take many times as long as those of the endpoint in the middle
 * took before, with the next sweep. It comes back after a time, which differs by chance so that endpoints and
 * clients are not in step. No more than a part of the endpoints is ejected at a time; when more than that are condemned within
 * one interval, or within the time that the errors in a row took, then it is not they who fail, but something behind all of
 * them, and none is ejected.
 *
 * <p>An endpoint is known by its address, and forgotten when a host set is without it. Thread-safe.
 */
public final class OutlierEjection {

    private static final int OFTEN = 10;

    private final CallLoads loads;
    private final LongSupplier nanoTime;
    private final RandomGenerator random;
    private final Runnable changed;
    private final Map<String, EjectionPast> pasts = new HashMap<>();
    private Map<String, CallLoad> serving = Map.of();
    private volatile OutlierEjectionSettings settings = OutlierEjectionSettings.DEFAULTS;
    private long sweptAt;
    private volatile Ejections current = Ejections.NONE;

    /**
     * With nothing ejected.
     *
     * @param loads the accounting of the calls
     * @param nanoTime monotonic time in nanoseconds, as {@link System#nanoTime()}
     * @param changed runs when a call, or somebody else, has changed what is ejected; it must not wait
     */
    public OutlierEjection(CallLoads loads, LongSupplier nanoTime, RandomGenerator random, Runnable changed) {
        this.loads = loads;
        this.nanoTime = nanoTime;
        this.random = random;
        this.changed = changed;
        this.sweptAt = nanoTime.getAsLong();
        loads.tell(this::note);
    }

    /** What is ejected at present. One volatile read; another object when it changes. */
    public Ejections current() {
        return current;
    }

    /**
     * Takes back whose time is over, sweeps if that is due, and says what is ejected now.
     *
     * @param hosts the endpoints that serve
     * @param present the present settings
     */
    public synchronized Ejections update(HostSet hosts, OutlierEjectionSettings present) {
        long now = nanoTime.getAsLong();
        settings = present;
        serving = hosts.endpoints().stream()
                .filter(endpoint -> endpoint.weight() > 0)
                .collect(Collectors.toMap(Endpoint::address, loads::of, (a, b) -> a));
        pasts.keySet().retainAll(serving.keySet());
        boolean connecting = present.consecutiveConnectFailures() > 0;
        pasts.values().removeIf(past -> past.cause() == Cause.UNREACHED ? !connecting : !present.enabled());
        release(past -> past.cause().isOfAnswers() && now - past.until() >= 0);
        if (now - sweptAt >= present.interval().toNanos()) {
            sweptAt = now;
            sweep(now);
        }
        return publish();
    }

    /** A call to an endpoint has failed, or there was an answer where connections had failed. */
    private void note(String address, CallHistory after) {
        if (after.unreachedInARow() == 0) {
            reached(address);
        }
        if ((isUnreached(after) || isFailing(after)) && decide(address, after)) {
            changed.run();
        }
    }

    /** With each of them at first, and then time and again, since another endpoint may have answered meanwhile. */
    private boolean isUnreached(CallHistory after) {
        int most = settings.consecutiveConnectFailures();
        int times = after.unreachableInARow();
        return most > 0 && times >= most && (times <= OFTEN * most || times % most == 0);
    }

    private boolean isFailing(CallHistory after) {
        return settings.enabled() && after.errorsInARow() > 0 && after.errorsInARow() == settings.consecutiveErrors();
    }

    private synchronized boolean decide(String address, CallHistory after) {
        Ejections before = current;
        boolean isEjected = past(address).cause() != Cause.NONE;
        if (!isEjected && serving.containsKey(address)) {
            if (isUnreached(after) && othersAreLeft() && hasAnyAnsweredSince(after.unreachedSince())) {
                pasts.put(address, past(address).ejected(Cause.UNREACHED, nanoTime.getAsLong(), 0));
            } else if (isFailing(after)) {
                condemn(Map.of(address, Cause.FAILING), nanoTime.getAsLong());
            }
        }
        return !publish().equals(before);
    }

    private boolean hasAnyAnsweredSince(long time) {
        return serving.values().stream().anyMatch(load -> load.history().hasAnsweredSince(time));
    }

    /** A connection to an endpoint came about. */
    public void reached(String address) {
        if (current.unreached().contains(address)) {
            takeBack(address);
            changed.run();
        }
    }

    private synchronized void takeBack(String address) {
        if (past(address).cause() == Cause.UNREACHED) {
            pasts.remove(address);
            loads.forget(address);
            publish();
        }
    }

    private void release(Predicate<EjectionPast> test) {
        pasts.replaceAll((address, past) -> {
            if (!test.test(past)) {
                return past;
            }
            loads.forget(address);
            return past.released();
        });
    }

    /** Condemns by what happened since the last sweep; to an endpoint that does well, an ejection of the past is forgiven. */
    private void sweep(long now) {
        Map<String, CallLoad.Outcomes> outcomes = new LinkedHashMap<>();
        serving.forEach((address, load) -> outcomes.put(address, load.takeOutcomes()));
        long slowAfter = settings.slowAfter(answerTimes());
        loads.slowAfter(slowAfter);
        if (!settings.enabled()) {
            return;
        }
        outcomes.keySet().removeIf(address -> past(address).cause() != Cause.NONE);
        double worst = settings.highestOrdinaryErrorRate(outcomes.values());
        Map<String, Cause> condemned = new LinkedHashMap<>();
        outcomes.forEach((address, each) -> {
            if (settings.condemns(each, worst)) {
                condemned.put(address, Cause.FAILING);
            } else if (settings.isSlow(each) && expectedLatency(address) > slowAfter) {
                condemned.put(address, Cause.SLOW);
            } else if (each.calls() > 0) {
                pasts.computeIfPresent(address, (same, past) -> past.forgiven());
            }
        });
        condemn(condemned, now);
    }

    /** Of the endpoints that answer and are not ejected, in nanoseconds. */
    private double[] answerTimes() {
        return serving.entrySet().stream()
                .filter(entry -> past(entry.getKey()).cause() == Cause.NONE)
                .mapToDouble(entry -> entry.getValue().history().answerTime())
                .filter(time -> time > 0)
                .toArray();
    }

    private double expectedLatency(String address) {
        return Objects.requireNonNull(serving.get(address)).history().latency();
    }

    private void condemn(Map<String, Cause> condemned, long now) {
        Set<String> addresses = condemned.keySet();
        if (addresses.isEmpty()) {
            return;
        }
        addresses.forEach(address -> pasts.put(address, past(address).condemned(now)));
        long within = Math.max(settings.interval().toNanos(), nanosOfErrors(addresses));
        List<String> atOnce = serving.keySet().stream()
                .filter(address -> past(address).wasCondemnedWithin(within, now))
                .toList();
        int most = settings.mostEjected(serving.size());
        if (atOnce.size() > most) {
            atOnce.forEach(address -> pasts.computeIfPresent(address, (same, past) -> past.acquitted()));
            return;
        }
        List<String> chance = new ArrayList<>(addresses);
        while (!chance.isEmpty() && count(Cause::isOfAnswers) < most && othersAreLeft()) {
            String address = chance.remove(random.nextInt(chance.size()));
            EjectionPast past = past(address);
            long lasts = settings.ejectionNanos(past.number() + 1);
            long jitter = (long) (lasts * settings.jitter() * random.nextDouble());
            pasts.put(address, past.ejected(condemned.getOrDefault(address, Cause.FAILING), now, now + lasts + jitter));
        }
    }

    /** Where calls are seldom, the errors in a row of all endpoints come one after the other, over a longer time. */
    private long nanosOfErrors(Set<String> addresses) {
        return addresses.stream()
                .map(address -> Objects.requireNonNull(serving.get(address)).history())
                .mapToLong(history -> history.nanosOfLast(settings.consecutiveErrors()))
                .max()
                .orElse(0);
    }

    private boolean othersAreLeft() {
        return serving.size() - count(cause -> cause != Cause.NONE) > 1;
    }

    private long count(Predicate<Cause> test) {
        return pasts.values().stream().filter(past -> test.test(past.cause())).count();
    }

    private EjectionPast past(String address) {
        return pasts.getOrDefault(address, EjectionPast.BLAMELESS);
    }

    /** The time until something is due, if nothing happens before. */
    public synchronized Duration untilNextUpdate() {
        long now = nanoTime.getAsLong();
        long sweep = sweptAt + settings.interval().toNanos() - now;
        long due = pasts.values().stream()
                .filter(past -> past.cause().isOfAnswers())
                .mapToLong(past -> past.until() - now)
                .reduce(sweep, Math::min);
        return Duration.ofNanos(Math.max(1, due));
    }

    private Ejections publish() {
        Set<String> failing = having(Cause::isOfAnswers);
        int left = serving.size() - failing.size();
        Map<String, Ejections.Term> terms = new HashMap<>();
        pasts.forEach((address, past) -> {
            if (past.cause() != Cause.NONE) {
                terms.put(
                        address,
                        new Ejections.Term(past.condemnedAt(), past.cause().isOfAnswers() ? past.until() : null));
            }
        });
        Ejections next = new Ejections(
                failing,
                having(cause -> cause == Cause.SLOW),
                having(cause -> cause == Cause.UNREACHED),
                settings.isPanic(serving.size(), left),
                terms);
        if (!next.equals(current)) {
            current = next;
        }
        return current;
    }

    private Set<String> having(Predicate<Cause> test) {
        return pasts.entrySet().stream()
                .filter(entry -> test.test(entry.getValue().cause()))
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }
}
