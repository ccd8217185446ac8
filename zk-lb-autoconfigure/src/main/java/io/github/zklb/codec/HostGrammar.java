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
            return Optional.of(bracketed ? text.substring(1, text.length() - 1) : text)
                    .filter(IPV6_ALPHABET.asMatchPredicate())
                    .filter(address -> bytes('[' + address + ']').isPresent());
        }
        boolean valid = NUMERIC_END.matcher(text).matches()
                ? IPV4.matcher(text).matches()
                : LABELS.matcher(text).matches();
        return valid ? Optional.of(text) : Optional.empty();
    }

    /** The bytes of an IP address; an IPv4 address in IPv6 notation is an IPv4 address. Empty for a name. */
    public static Optional<byte[]> address(String text) {
        return parse(text)
                .filter(host -> host.indexOf(':') >= 0 || IPV4.matcher(host).matches())
                .flatMap(HostGrammar::bytes);
    }

    /** The JDK looks up neither what stands in brackets nor an address of the grammar: it is an address or an error. */
    private static Optional<byte[]> bytes(String address) {
        try {
            return Optional.of(InetAddress.getByName(address).getAddress());
        } catch (UnknownHostException e) {
            return Optional.empty();
        }
    }
}
