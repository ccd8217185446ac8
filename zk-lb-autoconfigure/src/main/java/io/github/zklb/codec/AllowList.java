package io.github.zklb.codec;

import io.github.zklb.Endpoint;
import io.github.zklb.InvalidSettingException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The hosts and ports that a registration may name. Names are compared with suffixes and addresses with ranges; a name
 * is never looked up. Without entries for hosts every host is allowed, and the same goes for ports. Immutable.
 */
public final class AllowList {

    /** Allows everything. */
    public static final AllowList EVERYTHING = new AllowList(List.of(), List.of(), List.of());

    private static final String HOSTS = "membership.allowed-hosts";
    private static final String PORTS = "membership.allowed-ports";
    private static final Pattern CIDR = Pattern.compile("([^/]+)(?:/([0-9]{1,3}))?");
    private static final Pattern PORT_OR_RANGE = Pattern.compile("([0-9]{1,5})(?:-([0-9]{1,5}))?");
    private static final int MAX_PORT = 65_535;

    private final List<AddressRange> ranges;
    private final List<String> suffixes;
    private final List<PortRange> ports;

    private AllowList(List<AddressRange> ranges, List<String> suffixes, List<PortRange> ports) {
        this.ranges = List.copyOf(ranges);
        this.suffixes = List.copyOf(suffixes);
        this.ports = List.copyOf(ports);
    }

    private record PortRange(int first, int last) {}

    /** The addresses that begin with the same bits as one of them. */
    private record AddressRange(byte[] first, int bits) {

        boolean contains(byte[] address) {
            BigInteger difference = new BigInteger(1, address).xor(new BigInteger(1, first));
            return address.length == first.length && difference.bitLength() <= first.length * Byte.SIZE - bits;
        }
    }

    /**
     * An allow-list.
     *
     * @param hosts IP addresses, CIDRs such as {@code 10.0.0.0/8}, and host names, each with all names below it
     * @param ports ports and ranges of ports such as {@code 8000-8099}
     * @throws InvalidSettingException if an entry is none of these
     */
    public static AllowList of(List<String> hosts, List<String> ports) {
        List<AddressRange> ranges = new ArrayList<>();
        List<String> suffixes = new ArrayList<>();
        for (String host : hosts) {
            addressRange(host).ifPresentOrElse(ranges::add, () -> suffixes.add(suffix(host)));
        }
        return new AllowList(
                ranges, suffixes, ports.stream().map(AllowList::portRange).toList());
    }

    /** Why an endpoint is not allowed, in words that are safe in a log; empty if it is. */
    public Optional<String> refusal(Endpoint endpoint) {
        if (!isAllowed(endpoint.host())) {
            return Optional.of("host " + Printable.of(endpoint.host()) + " is not in zk-lb." + HOSTS);
        }
        boolean allowed = ports.isEmpty()
                || ports.stream().anyMatch(range -> range.first <= endpoint.port() && endpoint.port() <= range.last);
        return allowed ? Optional.empty() : Optional.of("port " + endpoint.port() + " is not in zk-lb." + PORTS);
    }

    private boolean isAllowed(String host) {
        if (ranges.isEmpty() && suffixes.isEmpty()) {
            return true;
        }
        Optional<byte[]> address = HostGrammar.address(host);
        if (address.isPresent()) {
            return ranges.stream().anyMatch(range -> range.contains(address.get()));
        }
        String name = '.' + host.toLowerCase(Locale.ROOT);
        return suffixes.stream().anyMatch(name::endsWith);
    }

    private static Optional<AddressRange> addressRange(String entry) {
        Matcher cidr = CIDR.matcher(entry);
        Optional<byte[]> first = cidr.matches() ? HostGrammar.address(cidr.group(1)) : Optional.empty();
        return first.map(address -> new AddressRange(
                        address, cidr.group(2) == null ? address.length * Byte.SIZE : Integer.parseInt(cidr.group(2))))
                .filter(range -> range.bits <= range.first.length * Byte.SIZE);
    }

    private static String suffix(String entry) {
        String name = entry.startsWith(".") ? entry.substring(1) : entry;
        if (HostGrammar.parse(name).isEmpty() || HostGrammar.address(name).isPresent()) {
            throw new InvalidSettingException(
                    HOSTS, "IP addresses, CIDRs such as 10.0.0.0/8 and host names such as .example.org", entry);
        }
        return '.' + name.toLowerCase(Locale.ROOT);
    }

    private static PortRange portRange(String entry) {
        Matcher ports = PORT_OR_RANGE.matcher(entry.strip());
        if (ports.matches()) {
            int first = Integer.parseInt(ports.group(1));
            int last = ports.group(2) == null ? first : Integer.parseInt(ports.group(2));
            if (1 <= first && first <= last && last <= MAX_PORT) {
                return new PortRange(first, last);
            }
        }
        throw new InvalidSettingException(PORTS, "ports 1.." + MAX_PORT + " or ranges such as 8000-8099", entry);
    }
}
