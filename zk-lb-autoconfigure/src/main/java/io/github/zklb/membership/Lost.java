package io.github.zklb.membership;

import io.github.zklb.Endpoint;
import io.github.zklb.membership.Hold.Standing;
import java.time.Duration;
import java.util.stream.LongStream;

/**
 * One endpoint that has lost its registration, and what speaks for it and against it since. Immutable.
 *
 * @param since when it lost the registration
 * @param answered whether it has answered a call since
 * @param failures how many of its last calls failed, without an answer between them
 * @param strikes what probes and refusals say against it: from {@link #DEAD} on, that nobody listens there
 * @param doubtSince when the first of these failures and strikes came
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
        long doubtSince,
        boolean probing,
        long probeAt) {

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

    /** A time-out may be chance, two are not; a refusal leaves no doubt. */
    private static final int DEAD = 2;

    /** Of what fails more often only an answer tells that it is there: whoever accepts may be a proxy, or hang. */
    private static final int MOST_FAILURES = 1;

    /** Nothing is known of it yet. */
    static Lost at(long now, Endpoint endpoint) {
        return new Lost(endpoint, now, Standing.UNPROVEN, false, 0, 0, now, false, now);
    }

    /** The same with what was seen of it. Whoever is gone stays so until it registers again. */
    Lost with(Evidence evidence, long now) {
        if (isGone()) {
            return this;
        }
        return switch (evidence) {
            case ANSWERED -> standing(Standing.PROVEN, true, 0, 0, doubtSince);
            case UNAVAILABLE -> called(answered ? failures + 1 : MOST_FAILURES + 1, strikes, now);
            case FAILED -> called(failures + 1, strikes, now);
            case REFUSED -> called(failures + 1, DEAD, now);
            case PROBE_CONNECTED -> {
                Standing next = failures > MOST_FAILURES ? standing : Standing.PROVEN;
                yield standing(next, answered, failures, 0, doubtSince).nextProbe(now + PROBE_INTERVAL);
            }
            case PROBE_REFUSED -> probed(DEAD).nextProbe(now + PROBE_INTERVAL);
            case PROBE_TIMED_OUT ->
                probed(Math.min(DEAD, strikes + 1)).nextProbe(strikes + 1 < DEAD ? now : now + PROBE_INTERVAL);
            case PROBE_UNDECIDED -> nextProbe(now + PROBE_INTERVAL);
        };
    }

    private Lost called(int newFailures, int newStrikes, long now) {
        Lost next = standing(Standing.DEMOTED, answered, newFailures, newStrikes, isInDoubt() ? doubtSince : now);
        return probing ? next : next.nextProbe(now);
    }

    /** What a probe says is of the time from which on it was asked for. */
    private Lost probed(int newStrikes) {
        return standing(Standing.DEMOTED, answered, failures, newStrikes, isInDoubt() ? doubtSince : probeAt);
    }

    private boolean isInDoubt() {
        return failures > 0 || strikes > 0;
    }

    /** Gone, if it is dead, and somebody else was reached since it is in doubt: then it is not the caller's network. */
    Lost settle(HoldSettings settings, long now, long lastContact) {
        return isDead(settings, now) && lastContact - doubtSince >= 0
                ? standing(Standing.GONE, answered, failures, strikes, doubtSince)
                : this;
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
        return new Lost(endpoint, since, standing, answered, failures, strikes, doubtSince, true, now);
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
        return new Lost(endpoint, since, standing, answered, failures, strikes, doubtSince, false, due);
    }

    private Lost standing(Standing next, boolean nowAnswered, int nowFailures, int nowStrikes, long doubt) {
        return new Lost(endpoint, since, next, nowAnswered, nowFailures, nowStrikes, doubt, probing, probeAt);
    }
}
