package io.github.zklb.calls;

/**
 * What the calls to one endpoint have taught, as it was when the last one ended. Immutable: each end makes the next history.
 * Times are those of a monotonic clock in nanoseconds.
 *
 * <p>One outlier moves it a little, and a lasting change moves it fast: the expected latency rises towards a slower answer
 * within a tenth of the decay time, but not by one answer to more than four times what it was, and falls towards a faster
 * one within the decay time. Errors are a rate: they are counted against the calls of the decay time, with some good calls
 * assumed beforehand, so that the first error of an endpoint which is seldom called is no catastrophe; and one in fifty is
 * nobody's fault, so that errors which are everywhere do not hide who is slow.
 *
 * <p>An endpoint that is left alone is forgotten: what is held against it becomes less and then nothing, so that it is
 * tried again. One whose last calls failed is left alone for longer each time.
 *
 * @param latency the time that a response is expected to take; 0 before the first call. What took long without an answer is
 *     in it
 * @param answerTime the same by good answers alone; 0 before the first
 * @param calls how many calls ended, those of the past counting less and less
 * @param errors how many of these failed, likewise
 * @param successes how many ended well, ever
 * @param failures how many failed, ever
 * @param slow how many took longer than such a call may, ever
 * @param errorsInARow how many of the last ones failed
 * @param failingSince when the first of these ended
 * @param at when the last call ended
 * @param unreachedInARow how many connections did not come about since the last answer to a call that began after the first of
 *     those that failed
 * @param brokenInARow how many broke off without an answer, since the same
 * @param unreachedSince when the first of all these failed
 * @param hasAnswered whether there ever was an answer, be it a bad one
 * @param answeredAt when that was last; as long as there was none, this says nothing
 */
public record CallHistory(
        double latency,
        double answerTime,
        double calls,
        double errors,
        long successes,
        long failures,
        long slow,
        int errorsInARow,
        long failingSince,
        long at,
        int unreachedInARow,
        int brokenInARow,
        long unreachedSince,
        boolean hasAnswered,
        long answeredAt) {

    /** Of an endpoint that was never called. */
    static final CallHistory NONE = new CallHistory(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, false, 0);

    /** What the end of a call says of the connection to the endpoint. */
    enum Contact {
        /** There was an answer. */
        ANSWERED,
        /** No connection came about. */
        UNREACHED,
        /** There was one, and it broke off before there was an answer. */
        BROKEN,
        /** Nothing, but that there was no answer for as long as the caller has waited. */
        WAITED,
        /** Nothing. */
        UNKNOWN
    }

    private static final double STEEPEST_RISE = 4;
    private static final double RISES_FASTER = 10;
    private static final int FIRST_CALLS = 10;
    private static final double ASSUMED_GOOD_CALLS = 20;
    private static final double TOLERATED_RATE = 0.02;

    /** So many decay times after its last call, nothing is known of an endpoint any more. */
    private static final long FORGOTTEN_AFTER = 2;

    /** That time is longer for one that failed for long, but not more than this number of decay times. */
    private static final long LONGEST_AFTER = 30;

    boolean isEmpty() {
        return calls == 0;
    }

    /**
     * With one more call, which took a time and ended now.
     *
     * @param slowAfter what takes longer is slow
     */
    CallHistory and(boolean failed, Contact contact, long took, long slowAfter, long now, long decayNanos) {
        double passed = isEmpty() ? 0 : Math.max(0, now - at) / (double) decayNanos;
        double left = Math.exp(-passed);
        boolean connected = isConnected(contact, took, now);
        boolean lost = contact == Contact.UNREACHED || contact == Contact.BROKEN;
        return new CallHistory(
                after(latency, failed ? Math.max(latency, (double) took) : (double) took, passed, left),
                failed ? answerTime : after(answerTime, (double) took, passed, left),
                calls * left + 1,
                errors * left + (failed ? 1 : 0),
                successes + (failed ? 0 : 1),
                failures + (failed ? 1 : 0),
                slow + (took > slowAfter ? 1 : 0),
                failed ? errorsInARow + 1 : 0,
                failed && errorsInARow > 0 ? failingSince : now,
                now,
                connected ? 0 : unreachedInARow + (contact == Contact.UNREACHED ? 1 : 0),
                connected ? 0 : brokenInARow + (contact == Contact.BROKEN ? 1 : 0),
                lost && lostInARow() == 0 ? now : unreachedSince,
                hasAnswered || contact == Contact.ANSWERED,
                contact == Contact.ANSWERED ? now : answeredAt);
    }

    /** How many connections failed since the last answer to a call that began after the first of these, in either way. */
    int lostInARow() {
        return unreachedInARow + brokenInARow;
    }

    /**
     * How many connections in a row tell that nobody is there: as soon as one does not come about, those count too that broke off
     * just before, as when a process ends.
     */
    public int unreachableInARow() {
        return unreachedInARow == 0 ? 0 : lostInARow();
    }

    /** An answer to a call that began before the first failure came over a connection from before, as from one who shuts down. */
    private boolean isConnected(Contact contact, long took, long now) {
        return contact == Contact.ANSWERED && now - took - unreachedSince >= 0;
    }

    private double after(double last, double sample, double passed, double left) {
        if (last == 0) {
            return Math.max(1, sample);
        }
        if (sample <= last) {
            long ever = successes + failures;
            double mean = 1 - 1.0 / (ever + 1); // the first call may have been slow for being the first
            return Math.max(1, sample + (last - sample) * (ever < FIRST_CALLS ? Math.min(left, mean) : left));
        }
        double target = Math.min(sample, last * STEEPEST_RISE);
        return target + (last - target) * Math.exp(-passed * RISES_FASTER);
    }

    /** About how long the last ones of the errors in a row took, so many of them; 0 if there were fewer. */
    public long nanosOfLast(int errors) {
        return errorsInARow == 0 || errorsInARow < errors ? 0 : (at - failingSince) / errorsInARow * errors;
    }

    /** Whether there was an answer after a time. */
    public boolean hasAnsweredSince(long time) {
        return hasAnswered && answeredAt - time > 0;
    }

    /** The part of the calls that fails, from 0 to 1, as far as it is more than can happen to any endpoint. */
    double errorRate() {
        double excess = errors - TOLERATED_RATE * calls;
        return excess <= 0 ? 0 : excess / (calls + ASSUMED_GOOD_CALLS);
    }

    /**
     * The part of all this that still counts when the endpoint has been left alone for a while. It falls in a straight line;
     * while the endpoint fails, only in the last quarter of its time.
     *
     * @param idleNanos the time since a call began or ended
     */
    double left(long idleNanos, long decayNanos) {
        if (idleNanos <= 0) {
            return 1;
        }
        long longest = FORGOTTEN_AFTER * decayNanos;
        if (errorsInARow == 0) {
            return Math.max(0, 1 - (double) idleNanos / longest);
        }
        long rest = Math.max(longest, Math.min(LONGEST_AFTER * decayNanos, at - failingSince));
        return Math.max(0, Math.min(1, 4 - 4.0 * idleNanos / rest));
    }
}
