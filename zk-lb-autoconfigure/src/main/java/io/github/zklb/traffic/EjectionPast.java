package io.github.zklb.traffic;

/**
 * What is remembered of an endpoint.
 *
 * @param cause why it is ejected
 * @param number how many ejections for failing count against it
 * @param until when such an ejection ends
 * @param isSuspect whether it was ever condemned
 * @param condemnedAt when it was last; of one that is ejected, when that began
 */
record EjectionPast(Cause cause, int number, long until, boolean isSuspect, long condemnedAt) {

    /** Why an endpoint is ejected. */
    enum Cause {
        NONE,
        FAILING,
        UNREACHED
    }

    static final EjectionPast BLAMELESS = new EjectionPast(Cause.NONE, 0, 0, false, 0);

    EjectionPast ejected(Cause why, long now, long untilThen) {
        return new EjectionPast(why, number + (why == Cause.FAILING ? 1 : 0), untilThen, true, now);
    }

    EjectionPast condemned(long now) {
        return new EjectionPast(cause, number, until, true, now);
    }

    boolean wasCondemnedWithin(long nanos, long now) {
        return cause != Cause.UNREACHED && isSuspect && now - condemnedAt <= nanos;
    }

    /** Still suspect, since it was condemned; but not ejected for that. */
    EjectionPast acquitted() {
        return new EjectionPast(
                Cause.NONE, cause == Cause.FAILING ? number - 1 : number, until, isSuspect, condemnedAt);
    }

    EjectionPast released() {
        return new EjectionPast(Cause.NONE, number, until, isSuspect, condemnedAt);
    }

    EjectionPast forgiven() {
        return new EjectionPast(cause, Math.max(0, number - 1), until, isSuspect, condemnedAt);
    }
}
