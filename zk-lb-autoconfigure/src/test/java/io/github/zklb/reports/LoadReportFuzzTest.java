package io.github.zklb.reports;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.codec.Printable;
import org.junit.jupiter.api.Test;

/**
 * Load reports of all kinds. {@code -Dzklb.fuzz.payloads=10000000} tries more of them than the ordinary build does, {@code
 * -Dzklb.fuzz.seed=N} others.
 */
class LoadReportFuzzTest {

    private static final int PAYLOADS = Integer.getInteger("zklb.fuzz.payloads", 20_000);
    private static final long SEED = Long.getLong("zklb.fuzz.seed", System.nanoTime());

    @Test
    void noHeaderDoesAnyHarm() {
        LoadReportFuzz fuzz = new LoadReportFuzz(SEED);
        int valid = 0;
        for (int payload = 0; payload < PAYLOADS; payload++) {
            String header = fuzz.header();
            try {
                valid += LoadReportFuzz.check(header) ? 1 : 0;
            } catch (RuntimeException | Error e) {
                throw new AssertionError("seed %d, header %d: %s".formatted(SEED, payload, Printable.of(header)), e);
            }
        }
        System.out.printf("load reports: %d headers from seed %d, %d of them valid%n", PAYLOADS, SEED, valid);
        assertThat(valid).isBetween(PAYLOADS / 50, PAYLOADS - PAYLOADS / 50);
    }
}
