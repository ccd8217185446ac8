package io.github.zklb.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * What others use of the machine's processors while this process and those that it starts measure, as Linux counts it: all that
 * is busy, what a hypervisor took away included, without the own time. Immutable.
 *
 * @param others the time that others have used since the machine started, in ticks; not a number where nothing tells
 * @param at when that was
 */
record OtherLoad(double others, long at) {

    private static final Path MACHINE = Path.of("/proc/stat");
    private static final Path PROCESS = Path.of("/proc/self/stat");
    private static final int IDLE = 3;
    private static final int IO_WAIT = 4;
    private static final int STEAL = 7;
    private static final int OWN_FIRST = 11;
    private static final int OWN_LAST = 15;

    /** Everywhere where Linux runs Java. */
    private static final double TICKS_PER_NANO = 100 / 1e9;

    static OtherLoad now() {
        long now = System.nanoTime();
        try {
            return new OtherLoad(busy(Files.readString(MACHINE)) - own(Files.readString(PROCESS)), now);
        } catch (IOException e) {
            return new OtherLoad(Double.NaN, now);
        }
    }

    /** The cores that others have used on average since an earlier time. */
    double since(OtherLoad earlier) {
        return (others - earlier.others) / ((at - earlier.at) * TICKS_PER_NANO);
    }

    /** Of the first line, which sums the processors up: guests are counted in what runs them. */
    static double busy(String machine) {
        String[] ticks = machine.lines().findFirst().orElse("").trim().split(" +", -1);
        double busy = 0;
        for (int i = 0; i <= STEAL; i++) {
            busy += i == IDLE || i == IO_WAIT ? 0 : Long.parseLong(ticks[i + 1]);
        }
        return busy;
    }

    /** That of the process and of its children that have ended. Its name, in brackets, may have blanks. */
    static double own(String process) {
        String[] fields = process.substring(process.lastIndexOf(')') + 1).trim().split(" +", -1);
        return Arrays.stream(fields, OWN_FIRST, OWN_LAST)
                .mapToLong(Long::parseLong)
                .sum();
    }
}
