package io.github.zklb.codec;

import io.github.zklb.Endpoint;
import io.github.zklb.InvalidSettingException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The hosts and ports that a registration may name. Names are compared with suffixes and addresses with ranges; a name
 * is never looked up. Without entries for hosts every host is allowed, and the same goes for ports. Immutable.
 */
public final class AllowList {

    /** Allows everything. */
    public static final AllowList EVERYTHING = new AllowList(List.of(), List.of(), List.of());

    private static final String HOSTS = "membership.allowed-hosts";
    private static final String PORTS = "membership.allowed-ports";
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
            AddressRange.parse(host).ifPresentOrElse(ranges::add, () -> suffixes.add(suffix(host)));
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
        Optional<byte[]> address = AddressRange.addressOf(host);
        if (address.isPresent()) {
            return ranges.stream().anyMatch(range -> range.contains(address.get()));
        }
        String name = '.' + host.toLowerCase(Locale.ROOT);
        return suffixes.stream().anyMatch(name::endsWith);
    }

    private static String suffix(String entry) {
        String name = entry.startsWith(".") ? entry.substring(1) : entry;
        if (HostGrammar.parse(name).filter(host -> !HostGrammar.isAddress(host)).isEmpty()) {
            throw new InvalidSettingException(
                    HOSTS, "IP addresses, CIDRs such as 10.0.0.0/8 and host names such as .example.org", entry);
        }
        return '.' + name.toLowerCase(Locale.ROOT);
    }

    private static PortRange portRange(String entry) {
        String[] ends = entry.strip().split("-", -1);
        int first = port(ends[0], entry);
        int last = ends.length == 1 ? first : port(ends[1], entry);
        if (ends.length > 2 || last < first) {
            throw invalidPort(entry);
        }
        return new PortRange(first, last);
    }

    private static int port(String text, String entry) {
        if (!text.matches("[0-9]{1,5}") || Integer.parseInt(text) < 1 || Integer.parseInt(text) > MAX_PORT) {
            throw invalidPort(entry);
        }
        return Integer.parseInt(text);
    }

    private static InvalidSettingException invalidPort(String entry) {
        return new InvalidSettingException(PORTS, "ports 1.." + MAX_PORT + " or ranges such as 8000-8099", entry);
    }
}
