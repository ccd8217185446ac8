package io.github.zklb.membership;

import io.github.zklb.Endpoint;
import io.github.zklb.membership.Hold.Standing;
import java.time.Duration;
import java.util.stream.LongStream;

/**
 * One endpoint that has lost its registration, and what speaks for it and against it since. Immutable.
 *
 * <p>It is gone when it is silent although others are heard. A silence that begins and ends with the silence of all others
 * is the caller's own network: it tells nothing, and is forgotten when somebody else is reached again.
 *
 * @param since when it lost the registration
 * @param answered whether it has answered a call since
 * @param failures how many of its last calls failed, without an answer between them
 * @param strikes what probes and refusals say against it: from {@link #DEAD} on, that nobody listens there
 * @param doubt the time in which these failures or strikes came
 * @param probing whether a probe is under way
 * @param probeAt when the next probe is due; of one that is under way, when it was asked for
 */
public record Lost(
        Endpoint endpoint,
        long since,
        Standing standing,
        boolean answered,
        int failures,
        int strikes,
        Doubt doubt,
        boolean probing,
        long probeAt) {

    /**
     * The time in which there was nothing but signs against an endpoint.
     *
     * @param since the first sign
     * @param othersReached whether somebody else was reached since, before the probe began that is to tell
     */
    record Doubt(long since, boolean othersReached) {

        private static Doubt at(long time) {
            return new Doubt(time, false);
        }

        private Doubt reached() {
            return new Doubt(since, true);
        }
    }

    /** What was seen of an endpoint that has no registration, as far as it tells whether anybody is there. */
    public enum Evidence {
        /** A call to it brought an answer of its own. */
        ANSWERED,
        /** A call to it brought an answer that also comes from a proxy before an endpoint that is not there. */
        UNAVAILABLE,
        /** A call to it brought no answer, through the fault of the endpoint or of the way to it. */
        FAILED,
        /** The connection of a call to it was refused. */
        REFUSED,
        /** It is called, and has answered nothing for a while: it may be slow, or gone. */
        UNANSWERED,
        /** It took the connection of a probe. */
        PROBE_CONNECTED,
        /** It refused the connection of a probe. */
        PROBE_REFUSED,
        /** It did not answer a probe. */
        PROBE_TIMED_OUT,
        /** A probe of it came to nothing for a reason that says nothing of it. */
        PROBE_UNDECIDED
    }

    private static final long PROBE_INTERVAL = Duration.ofSeconds(10).toNanos();

    /** How often what is dead is looked at again while this client reaches nobody. */
    private static final long DOUBT_INTERVAL = Duration.ofSeconds(1).toNanos();

    /** The first probes are put off by no more than this, and a time-out tells nothing of the time before a probe. */
    static final Duration LONGEST_SPREAD = Duration.ofSeconds(1);

    /** So long a probe waits for a connection. */
    public static final Duration PROBE_TIMEOUT = Duration.ofSeconds(2);

    /** A time-out may be chance, two are not. */
    private static final int DEAD = 2;

    /** Somebody was heard: that of a refusal. The caller's own network may be silent, but it does not refuse. */
    private static final int REFUSED = DEAD + 1;

    /** Of what fails more often only an answer tells that it is there: whoever accepts may be a proxy, or hang. */
    private static final int MOST_FAILURES = 1;

    /** Nothing is known of it yet. */
    static Lost at(long now, Endpoint endpoint) {
        return new Lost(endpoint, now, Standing.UNPROVEN, false, 0, 0, Doubt.at(now), false, now);
    }

    /** The same with what was seen of it. Whoever is gone stays so until it registers again. */
    Lost with(Evidence evidence, long now) {
        if (isGone()) {
            return this;
        }
        return switch (evidence) {
            case ANSWERED -> standing(Standing.PROVEN, true, 0, 0, Doubt.at(now));
            case UNAVAILABLE -> failed(answered ? failures + 1 : MOST_FAILURES + 1, now);
            case FAILED -> failed(failures + 1, now);
            case REFUSED -> struck(failures + 1, REFUSED, now).probedSoon(now);
            case UNANSWERED -> probedSoon(now);
            case PROBE_CONNECTED -> {
                Standing next = failures > MOST_FAILURES ? standing : Standing.PROVEN;
                yield standing(next, answered, failures, 0, Doubt.at(now)).nextProbe(now + PROBE_INTERVAL);
            }
            case PROBE_REFUSED -> struck(failures, REFUSED, probeAt).nextProbe(now + PROBE_INTERVAL);
            case PROBE_TIMED_OUT ->
                struck(failures, Math.max(strikes, Math.min(DEAD, strikes + 1)), silentSince(now))
                        .nextProbe(strikes + 1 < DEAD ? now : now + PROBE_INTERVAL);
            case PROBE_UNDECIDED -> nextProbe(now + PROBE_INTERVAL);
        };
    }

    private Lost failed(int newFailures, long now) {
        return standing(Standing.DEMOTED, answered, newFailures, strikes, isInDoubt() ? doubt : Doubt.at(now))
                .probedSoon(now);
    }

    /** What calls said before is none of the doubt of probes, nor is what came before the endpoint proved to be there. */
    private Lost struck(int newFailures, int newStrikes, long from) {
        Doubt next = strikes > 0 ? doubt : Doubt.at(from - doubt.since() < 0 ? doubt.since() : from);
        return standing(Standing.DEMOTED, answered, newFailures, newStrikes, next);
    }

    /** From when on the probe that is under way has had no answer, at the latest: of many, some wait for others to end. */
    private long silentSince(long now) {
        long spread = probeAt + LONGEST_SPREAD.toNanos();
        long latest = now - PROBE_TIMEOUT.toNanos();
        long begun = latest - spread > 0 ? latest : spread;
        return begun - now < 0 ? begun : now;
    }

    /** The same as time has passed. Gone, if it is dead, and somebody else was reached while it was silent. */
    Lost settle(HoldSettings settings, long now, long lastContact) {
        if (isGone() || !isInDoubt() || lastContact - doubt.since() < 0) {
            return this;
        }
        if (isDead(settings, now) && (strikes >= REFUSED || doubt.othersReached())) {
            return standing(Standing.GONE, answered, failures, strikes, doubt);
        }
        return probing ? this : othersReached(isDead(settings, now), now);
    }

    /** What begins from now on tells; of what was silent together with all others, one more sign is needed. */
    private Lost othersReached(boolean looksDead, long now) {
        return looksDead
                ? standing(
                                standing,
                                answered,
                                Math.min(MOST_FAILURES, failures),
                                Math.min(DEAD - 1, strikes),
                                doubt.reached())
                        .nextProbe(now)
                : standing(standing, answered, failures, strikes, doubt.reached());
    }

    private boolean isInDoubt() {
        return failures > 0 || strikes > 0;
    }

    private Lost probedSoon(long now) {
        return probing ? this : nextProbe(now);
    }

    /** Where nothing is probed, calls alone tell that it does not answer any more. */
    private boolean isDead(HoldSettings settings, long now) {
        boolean silent = failures > MOST_FAILURES
                && now - since >= settings.gracePeriod().toNanos();
        return strikes >= DEAD || (silent && !settings.probe());
    }

    /** When there is something to do for it. */
    LongStream due(HoldSettings settings, long now) {
        if (isGone()) {
            return LongStream.empty();
        }
        LongStream probe = settings.probe() && !probing ? LongStream.of(probeAt) : LongStream.empty();
        return isDead(settings, now) ? LongStream.concat(probe, LongStream.of(now + DOUBT_INTERVAL)) : probe;
    }

    boolean wantsProbe(long now) {
        return !probing && !isGone() && probeAt - now <= 0;
    }

    /** The same endpoint, to which a probe is sent. */
    Lost probing(long now) {
        return new Lost(endpoint, since, standing, answered, failures, strikes, doubt, true, now);
    }

    /** How far it is to be trusted; those whose place others have taken do not come before these. */
    Standing standing(boolean succeeded) {
        return succeeded && standing == Standing.PROVEN ? Standing.UNPROVEN : standing;
    }

    /** Whether one more good answer would be no news. */
    boolean isSure() {
        return standing == Standing.PROVEN && answered && failures == 0;
    }

    boolean isGone() {
        return standing == Standing.GONE;
    }

    private Lost nextProbe(long due) {
        return new Lost(endpoint, since, standing, answered, failures, strikes, doubt, false, due);
    }

    private Lost standing(Standing next, boolean nowAnswered, int nowFailures, int nowStrikes, Doubt nowDoubt) {
        return new Lost(endpoint, since, next, nowAnswered, nowFailures, nowStrikes, nowDoubt, probing, probeAt);
    }
}
