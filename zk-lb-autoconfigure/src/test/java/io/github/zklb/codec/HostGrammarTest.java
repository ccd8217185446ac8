package io.github.zklb.codec;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostGrammarTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "orders-1.example.org",
                "a",
                "3com.example",
                "xn--bcher-kva.example",
                "127.0.0.1",
                "255.255.255.255",
                "::1",
                "fe80::1",
                "2001:db8:0:0:0:0:0:1",
                "::ffff:10.0.0.1"
            })
    void namesAndAddressesAreHosts(String text) {
        assertThat(HostGrammar.parse(text)).contains(text);
    }

    @ParameterizedTest
    @CsvSource({"[::1],::1", "[2001:db8::1],2001:db8::1"})
    void bracketsAroundAnIpv6AddressAreNoPartOfIt(String text, String host) {
        assertThat(HostGrammar.parse(text)).contains(host);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "a b",
                "user@host",
                "host/path",
                "host?query",
                "host#fragment",
                "host:80",
                "host%2f",
                "-host",
                "host-",
                "host..example",
                ".host",
                "under_score",
                "host\n",
                "host\r\nX: y",
                "bücher.example",
                "169.254.169.254@host",
                "256.0.0.1",
                "1.2.3",
                "1.2.3.4.5",
                "01.2.3.4",
                "2130706433",
                "0x7f000001",
                "127.0.0.0x1",
                "1.2.3.4.",
                "::1%eth0",
                "[::1",
                "::1]",
                "[127.0.0.1]",
                ":::1",
                "1::2::3",
                "12345::"
            })
    void anythingElseIsNone(String text) {
        assertThat(HostGrammar.parse(text)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {64, 254, 100_000})
    void nothingLongerThanDnsAllowsIsAHost(int length) {
        assertThat(HostGrammar.parse("a".repeat(length))).isEmpty();
    }
}
