package io.github.zklb.traffic;

/**
 * What is remembered of an endpoint.
 *
 * @param cause why it is ejected
 * @param number how many ejections for its answers count against it
 * @param until when such an ejection ends
 * @param isSuspect whether it was ever condemned
 * @param condemnedAt when it was last; of one that is ejected, when that began
 */
record EjectionPast(Cause cause, int number, long until, boolean isSuspect, long condemnedAt) {

    /** Why an endpoint is ejected. */
    enum Cause {
        NONE,
        /** Its answers fail. */
        FAILING,
        /** Its answers are slow. */
        SLOW,
        /** No connection to it comes about. */
        UNREACHED;

        /** Whether it is ejected for its answers, for a time. */
        boolean isOfAnswers() {
            return this == FAILING || this == SLOW;
        }
    }

    static final EjectionPast BLAMELESS = new EjectionPast(Cause.NONE, 0, 0, false, 0);

    EjectionPast ejected(Cause why, long now, long untilThen) {
        return new EjectionPast(why, number + (why.isOfAnswers() ? 1 : 0), untilThen, true, now);
    }

    EjectionPast condemned(long now) {
        return new EjectionPast(cause, number, until, true, now);
    }

    boolean wasCondemnedWithin(long nanos, long now) {
        return cause != Cause.UNREACHED && isSuspect && now - condemnedAt <= nanos;
    }

    /** Still suspect, since it was condemned; but not ejected for that. */
    EjectionPast acquitted() {
        return new EjectionPast(Cause.NONE, cause.isOfAnswers() ? number - 1 : number, until, isSuspect, condemnedAt);
    }

    EjectionPast released() {
        return new EjectionPast(Cause.NONE, number, until, isSuspect, condemnedAt);
    }

    EjectionPast forgiven() {
        return new EjectionPast(cause, Math.max(0, number - 1), until, isSuspect, condemnedAt);
    }
}
