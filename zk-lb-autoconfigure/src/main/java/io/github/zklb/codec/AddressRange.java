package io.github.zklb.codec;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;

/** The IP addresses that begin with the same bits, as CIDR writes them. Immutable. */
final class AddressRange {

    private final byte[] first;
    private final int bits;

    private AddressRange(byte[] first, int bits) {
        this.first = first;
        this.bits = bits;
    }

    /** The range that a text such as {@code 10.0.0.0/8} or a single address names; empty if it names none. */
    static Optional<AddressRange> parse(String text) {
        int slash = text.indexOf('/');
        Optional<byte[]> address = addressOf(slash < 0 ? text : text.substring(0, slash));
        if (address.isEmpty()) {
            return Optional.empty();
        }
        int longest = address.get().length * Byte.SIZE;
        String length = slash < 0 ? String.valueOf(longest) : text.substring(slash + 1);
        return length.matches("[0-9]{1,3}") && Integer.parseInt(length) <= longest
                ? Optional.of(new AddressRange(address.get(), Integer.parseInt(length)))
                : Optional.empty();
    }

    /** The bytes of an IP address; an IPv4 address in IPv6 notation is an IPv4 address. Empty for a name. */
    static Optional<byte[]> addressOf(String host) {
        return HostGrammar.parse(host).filter(HostGrammar::isAddress).map(AddressRange::bytes);
    }

    /** Whether an address lies in the range. */
    boolean contains(byte[] address) {
        if (address.length != first.length) {
            return false;
        }
        for (int bit = 0; bit < bits; bit++) {
            int mask = 0x80 >> (bit % Byte.SIZE);
            if (((address[bit / Byte.SIZE] ^ first[bit / Byte.SIZE]) & mask) != 0) {
                return false;
            }
        }
        return true;
    }

    private static byte[] bytes(String address) {
        try {
            // An address in the grammar is one for the JDK as well, which then looks up nothing.
            return InetAddress.getByName(address).getAddress();
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }
}
