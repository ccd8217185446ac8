package io.github.zklb.codec;

import io.github.zklb.Endpoint;
import io.github.zklb.InvalidSettingException;
import io.github.zklb.Message;
import io.github.zklb.codec.EndpointDecoder.InvalidNodeException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The hosts and ports that a registration may name, and the registrations that are not meant for this client at all. Names are
 * compared with suffixes and addresses with ranges; a name is never looked up. Without entries for hosts every host is
 * allowed, and the same goes for ports. Immutable.
 */
public final class AllowList {

    /** Allows everything. */
    public static final AllowList EVERYTHING = new AllowList(List.of(), List.of(), List.of(), each -> true);

    private static final String HOSTS = "membership.allowed-hosts";
    private static final String PORTS = "membership.allowed-ports";
    private static final Pattern CIDR = Pattern.compile("([^/]+)(?:/([0-9]{1,3}))?");
    private static final Pattern PORT_OR_RANGE = Pattern.compile("([0-9]{1,5})(?:-([0-9]{1,5}))?");
    private static final int MAX_PORT = 65_535;

    private final List<AddressRange> ranges;
    private final List<String> suffixes;
    private final List<PortRange> ports;
    private final Predicate<Endpoint> filter;

    private AllowList(
            List<AddressRange> ranges, List<String> suffixes, List<PortRange> ports, Predicate<Endpoint> filter) {
        this.ranges = List.copyOf(ranges);
        this.suffixes = List.copyOf(suffixes);
        this.ports = List.copyOf(ports);
        this.filter = filter;
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
                ranges, suffixes, ports.stream().map(AllowList::portRange).toList(), each -> true);
    }

    /** The same, where only those count that a test accepts, too. */
    public AllowList filtered(Predicate<Endpoint> test) {
        return new AllowList(ranges, suffixes, ports, filter.and(test));
    }

    /** The same without the registrations that have certain metadata: a key, or {@code key=value}. */
    public AllowList ignoring(List<String> metadata) {
        Set<String> ignored = Set.copyOf(metadata);
        return filtered(endpoint -> endpoint.metadata().entrySet().stream()
                .noneMatch(entry ->
                        ignored.contains(entry.getKey()) || ignored.contains(entry.getKey() + '=' + entry.getValue())));
    }

    /** Whether an endpoint counts. */
    public boolean admits(Endpoint endpoint) {
        try {
            check(endpoint);
            return true;
        } catch (InvalidNodeException e) {
            return false;
        }
    }

    /**
     * Checks an endpoint.
     *
     * @throws InvalidNodeException if it does not count; it is {@linkplain InvalidNodeException#isForeign() foreign} if it is not
     *     meant for this client
     */
    public void check(Endpoint endpoint) throws InvalidNodeException {
        if (!isAllowed(endpoint.host())) {
            throw new InvalidNodeException(Message.A_HOST_OR_PORT_OUTSIDE_OF_THE_ALLOW_LIST.of(
                    "host " + Printable.of(endpoint.host()) + " is not in zk-lb." + HOSTS));
        }
        int port = endpoint.port();
        if (!ports.isEmpty() && ports.stream().noneMatch(range -> range.first <= port && port <= range.last)) {
            throw new InvalidNodeException(
                    Message.A_HOST_OR_PORT_OUTSIDE_OF_THE_ALLOW_LIST.of("port " + port + " is not in zk-lb." + PORTS));
        }
        boolean ours;
        try {
            ours = filter.test(endpoint);
        } catch (RuntimeException e) {
            throw new InvalidNodeException("the EndpointFilter failed: " + Printable.of(e.toString()));
        }
        if (!ours) {
            throw InvalidNodeException.foreign();
        }
    }

    private boolean isAllowed(String host) {
        if (ranges.isEmpty() && suffixes.isEmpty()) {
            return true;
        }
        Optional<byte[]> address = HostGrammar.address(host);
        if (address.isPresent()) {
            return ranges.stream().anyMatch(range -> range.contains(address.get()));
        }
        String name = '.' + host;
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
        return HostGrammar.parse(name)
                .filter(host -> HostGrammar.address(host).isEmpty())
                .map(host -> '.' + host)
                .orElseThrow(() -> new InvalidSettingException(
                        HOSTS, "IP addresses, CIDRs such as 10.0.0.0/8 and host names such as .example.org", entry));
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
