package io.github.zklb.codec;

import java.nio.charset.StandardCharsets;
import java.util.function.IntPredicate;

/** Percent-encodes (RFC 3986) what comes from a znode or a user, for places where only some characters are harmless. */
public final class PercentEncoding {

    private PercentEncoding() {}

    /**
     * The text, with each octet of its UTF-8 form that is not plain encoded. Different texts stay different.
     *
     * @param plain which octets, from 0 to 255, stay as they are; only those of ASCII, and not {@code %}
     */
    public static String of(String text, IntPredicate plain) {
        StringBuilder encoded = new StringBuilder(text.length());
        for (byte octet : text.getBytes(StandardCharsets.UTF_8)) {
            if (plain.test(Byte.toUnsignedInt(octet))) {
                encoded.append((char) octet);
            } else {
                encoded.append("%%%02X".formatted(octet));
            }
        }
        return encoded.toString();
    }
}
