package io.github.zklb.codec;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What counts as a host: a DNS name (RFC 1123), an IPv4 address of four decimal numbers, or an IPv6 address. User
 * information, ports, paths, zones, percent signs and other spellings of an IPv4 address are none.
 */
public final class HostGrammar {

    private static final int LONGEST_NAME = 253;
    private static final Pattern LABELS = Pattern.compile(
            "(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\\.)*[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?");
    private static final Pattern NUMERIC_END = Pattern.compile("(?:.*\\.)?(?:[0-9]+|0[xX][0-9A-Fa-f]*)");
    private static final Pattern IPV4 =
            Pattern.compile("(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\\.(?!$)|$)){4}");
    private static final Pattern IPV6_ALPHABET = Pattern.compile("[0-9A-Fa-f:.]{2,45}");

    private HostGrammar() {}

    /** The host that a text names, without the brackets around an IPv6 address; empty if it names none. */
    public static Optional<String> parse(String text) {
        if (text.isEmpty() || text.length() > LONGEST_NAME) {
            return Optional.empty();
        }
        if (text.indexOf(':') >= 0) {
            boolean bracketed = text.startsWith("[") && text.endsWith("]");
            String address = bracketed ? text.substring(1, text.length() - 1) : text;
            return isIpv6(address) ? Optional.of(address) : Optional.empty();
        }
        boolean valid = NUMERIC_END.matcher(text).matches()
                ? IPV4.matcher(text).matches()
                : LABELS.matcher(text).matches();
        return valid ? Optional.of(text) : Optional.empty();
    }

    /** Whether a host that {@link #parse} gave is an IP address. */
    static boolean isAddress(String host) {
        return host.indexOf(':') >= 0 || NUMERIC_END.matcher(host).matches();
    }

    private static boolean isIpv6(String address) {
        if (!IPV6_ALPHABET.matcher(address).matches()) {
            return false;
        }
        try {
            // The JDK never looks up what stands in brackets: it is an IPv6 address or an error.
            InetAddress parsed = InetAddress.getByName('[' + address + ']');
            return parsed != null;
        } catch (UnknownHostException e) {
            return false;
        }
    }
}
