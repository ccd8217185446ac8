package io.github.zklb.benchmarks;

/**
 * A limit that was set before anything was measured, and what was measured.
 *
 * @param what what is limited
 * @param limit the most it may be
 * @param value what it is, or not a number if it was not measured
 * @param unit of both; empty for a ratio
 */
record Target(String what, double limit, double value, String unit) {

    boolean isMet() {
        return value <= limit;
    }

    String verdict() {
        return Double.isNaN(value) ? "not measured" : isMet() ? "met" : "**missed**";
    }
}
