package io.github.zklb.codec;

import io.github.zklb.Endpoint;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What counts as a host, and its one spelling here: a DNS name in lower case without the dot at its end, an IPv4 address of
 * four decimal numbers, or the shortest form of an IPv6 address (RFC 5952). Names may have underscores, as those of
 * Docker Compose have. User information, ports, paths, percent signs in names and other spellings of an IPv4 address are
 * none.
 */
public final class HostGrammar {

    private static final int LONGEST_NAME = 253;
    private static final int LARGEST_PORT = 65_535;
    private static final Pattern PORT = Pattern.compile("[1-9][0-9]{0,4}");
    private static final Pattern LABELS =
            Pattern.compile("(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(?:\\.(?!$)|$))+");
    private static final Pattern NUMERIC_END = Pattern.compile("(?:.*\\.)?(?:[0-9]+|0[xX][0-9A-Fa-f]*)");
    private static final Pattern IPV4 =
            Pattern.compile("(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?:\\.(?!$)|$)){4}");
    private static final Pattern IPV6 = Pattern.compile("[0-9A-Fa-f:.]{2,45}(?:%[0-9A-Za-z_.-]{1,32})?");
    private static final Pattern LINK_LOCAL = Pattern.compile("fe[89ab].:.*");

    private HostGrammar() {}

    /** The host that a text names, in its one spelling, without the brackets around an IPv6 address; empty if it names none. */
    public static Optional<String> parse(String text) {
        if (text.isEmpty() || text.length() > LONGEST_NAME + 1) {
            return Optional.empty();
        }
        if (text.indexOf(':') >= 0) {
            boolean bracketed = text.startsWith("[") && text.endsWith("]");
            return Optional.of(bracketed ? text.substring(1, text.length() - 1) : text)
                    .filter(IPV6.asMatchPredicate())
                    .flatMap(HostGrammar::ipv6);
        }
        String name = text.endsWith(".") ? text.substring(0, text.length() - 1) : text;
        boolean valid = NUMERIC_END.matcher(name).matches()
                ? IPV4.matcher(text).matches()
                : LABELS.matcher(name).matches() && name.length() <= LONGEST_NAME;
        return valid ? Optional.of(name.toLowerCase(Locale.ROOT)) : Optional.empty();
    }

    /** The endpoint at a host and a port, as in {@code 10.0.0.7:8080}; empty if a text names none. */
    public static Optional<Endpoint> endpoint(String text) {
        int colon = text.lastIndexOf(':');
        String port = text.substring(colon + 1);
        boolean valid = colon > 0 && PORT.matcher(port).matches() && Integer.parseInt(port) <= LARGEST_PORT;
        return valid
                ? parse(text.substring(0, colon)).map(host -> Endpoint.of(host, Integer.parseInt(port)))
                : Optional.empty();
    }

    /** The bytes of an IP address; an IPv4 address in IPv6 notation is an IPv4 address. Empty for a name. */
    public static Optional<byte[]> address(String text) {
        return parse(text)
                .filter(host -> host.indexOf(':') >= 0 || IPV4.matcher(host).matches())
                .flatMap(host -> resolved(host.replaceFirst("%.*", "")))
                .map(InetAddress::getAddress);
    }

    /**
     * Only a link-local address is another one in another zone (RFC 4007); Java writes the zone of any. It has to be one that
     * can stand in a {@link java.net.URI}.
     */
    private static Optional<String> ipv6(String text) {
        String[] parts = text.split("%", 2);
        return resolved(parts[0])
                .map(address -> shortest(address.getHostAddress()))
                .map(address -> {
                    boolean zoned =
                            parts.length > 1 && LINK_LOCAL.matcher(address).matches();
                    return zoned ? address + '%' + parts[1] : address;
                })
                .filter(address -> address.indexOf('-') < 0);
    }

    /** The address with its longest run of zeros left out, of several the first. */
    private static String shortest(String address) {
        String all = ':' + address + ':';
        for (int zeros = 8; zeros > 1; zeros--) {
            String run = ":0".repeat(zeros) + ':';
            int at = all.indexOf(run);
            if (at >= 0) {
                int end = at + run.length();
                return all.substring(Math.min(1, at), at) + "::" + all.substring(end, Math.max(end, all.length() - 1));
            }
        }
        return address;
    }

    /** The JDK looks up neither what has colons, in brackets, nor an IPv4 address of the grammar: it is an address or an error. */
    private static Optional<InetAddress> resolved(String address) {
        try {
            return Optional.of(InetAddress.getByName(address.indexOf(':') < 0 ? address : '[' + address + ']'));
        } catch (UnknownHostException e) {
            return Optional.empty();
        }
    }
}
