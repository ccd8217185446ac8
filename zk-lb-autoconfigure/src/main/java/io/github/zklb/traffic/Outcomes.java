package io.github.zklb.traffic;

/**
 * How the calls to an endpoint ended during a time.
 *
 * @param successes how many ended well
 * @param errors how many ended badly
 * @param errorsInARow how many of the last ones ended badly, without one between them that ended well; these may have
 *     begun before that time
 */
record Outcomes(int successes, int errors, int errorsInARow) {

    /** What a success adds to the packed number that {@link #of} takes apart. */
    static final long ONE_SUCCESS = 1L << 32;

    /** What an error adds to it. */
    static final long ONE_ERROR = 1;

    static Outcomes of(long packed, int errorsInARow) {
        return new Outcomes((int) (packed >>> 32), (int) packed, errorsInARow);
    }

    int calls() {
        return successes + errors;
    }
}
