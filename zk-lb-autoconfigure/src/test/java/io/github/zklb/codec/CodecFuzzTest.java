package io.github.zklb.codec;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/**
 * The codec under contents of all kinds. {@code -Dzklb.fuzz.payloads=10000000} tries more of them than the ordinary
 * build does, {@code -Dzklb.fuzz.seed=N} others.
 */
class CodecFuzzTest {

    private static final int PAYLOADS = Integer.getInteger("zklb.fuzz.payloads", 100_000);
    private static final long SEED = Long.getLong("zklb.fuzz.seed", System.nanoTime());

    @Test
    void noContentDoesAnyHarm() {
        CodecFuzz fuzz = new CodecFuzz(SEED);
        int valid = 0;
        for (int payload = 0; payload < PAYLOADS; payload++) {
            byte[] content = fuzz.content();
            try {
                valid += CodecFuzz.check(content) ? 1 : 0;
            } catch (RuntimeException | Error e) {
                throw new AssertionError(
                        "seed %d, payload %d: %s".formatted(SEED, payload, Printable.of(new String(content))), e);
            }
        }
        System.out.printf("codec: %d payloads from seed %d, %d of them valid, 0 escapes%n", PAYLOADS, SEED, valid);
        assertThat(CodecFuzz.touched).as("classes made from payloads").hasValue(0);
        assertThat(valid).isBetween(PAYLOADS / 50, PAYLOADS - PAYLOADS / 50);
    }
}
