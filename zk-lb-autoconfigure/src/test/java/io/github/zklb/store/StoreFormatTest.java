package io.github.zklb.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.membership.Membership.Stored;
import io.github.zklb.store.StoreFormat.InvalidFileException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

class StoreFormatTest {

    private static final Stored STORED = new Stored(
            HostSet.of(
                    new Endpoint("a", "10.0.0.1", 80, false, 3, Map.of("zone", "bücher\r\n\u0000")),
                    new Endpoint("b", "2001:db8::1", 8443, true, 0, Map.of())
                            .withUri(URI.create("https://[2001:db8::1]:8443/ctx"))),
            Instant.parse("2026-11-23T06:00:00.123Z"));
    private static final byte[] FILE = StoreFormat.encode("orders", "/services/orders", STORED);

    @Test
    void whatIsWrittenIsReadBack() throws Exception {
        assertThat(StoreFormat.decode("orders", "/services/orders", FILE)).isEqualTo(STORED);
    }

    @Test
    void aFileThatWasCutShortAnywhereIsRefused() {
        for (int length = 0; length < FILE.length; length++) {
            assertRefused(Arrays.copyOf(FILE, length), "cut at " + length);
        }
    }

    @Test
    void aFileWithAnyBitFlippedIsRefused() {
        for (int bit = 0; bit < FILE.length * 8; bit++) {
            byte[] changed = FILE.clone();
            changed[bit / 8] ^= (byte) (1 << (bit % 8));
            assertRefused(changed, "bit " + bit);
        }
    }

    @Test
    void aFileWithMoreBehindItIsRefused() {
        assertRefused(Arrays.copyOf(FILE, FILE.length + 1), "one byte more");
    }

    @Test
    void aForeignFileIsRefused() {
        assertRefused("#!/bin/sh\necho hello\n".getBytes(StandardCharsets.UTF_8), "a script");
        assertRefused(new byte[10_000], "zeros");
        assertThatExceptionOfType(InvalidFileException.class)
                .isThrownBy(() -> StoreFormat.decode("payments", "/services/payments", FILE))
                .withMessage("it belongs to the service orders at /services/orders");
        assertThatExceptionOfType(InvalidFileException.class)
                .isThrownBy(() -> StoreFormat.decode("orders", "/other/orders", FILE));
    }

    private static void assertRefused(byte[] file, String what) {
        assertThatExceptionOfType(InvalidFileException.class)
                .as(what)
                .isThrownBy(() -> StoreFormat.decode("orders", "/services/orders", file));
    }
}
