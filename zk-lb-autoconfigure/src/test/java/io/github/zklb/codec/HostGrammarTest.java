package io.github.zklb.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.Endpoint;
import org.junit.jupiter.api.Test;
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
                "fe80::1%eth0",
                "fe80::1%2",
                "::",
                "2001:db8::1",
                "2001:db8::1:0:0:1",
                "2001:db8:0:1:1:1:1:1",
                "under_score",
                "_sip._tcp.example.org"
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
    @CsvSource({
        "ORDERS.Example.ORG, orders.example.org",
        "orders-0.orders.prod.svc.cluster.local., orders-0.orders.prod.svc.cluster.local",
        "2001:db8:0:0:0:0:0:7, 2001:db8::7",
        "2001:0DB8::0007, 2001:db8::7",
        "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
        "2001:db8:0:1:1:1:0:0, 2001:db8:0:1:1:1::",
        "0:0:0:0:0:0:0:0, ::",
        "0:0:0:0:0:0:0:1, ::1",
        "1:0:0:0:0:0:0:0, 1::",
        "::ffff:10.0.0.1, 10.0.0.1",
        "0:0:0:0:0:ffff:a00:1, 10.0.0.1",
        "2001:db8:0:0:0:0:0:7%br-1, 2001:db8::7",
        "::1%lo, ::1",
        "FE80:0:0:0:0:0:0:1%Eth0, fe80::1%Eth0",
        "[fe80::1%2], fe80::1%2"
    })
    void aHostHasOneSpelling(String text, String host) {
        assertThat(HostGrammar.parse(text)).contains(host);
        assertThat(HostGrammar.parse(host)).contains(host);
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
                "host\n",
                "host..",
                ".",
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
                "fe80::1%",
                "fe80::1%eth0%eth1",
                "fe80::1%eth 0",
                "fe80::1%br-1",
                "10.0.0.1%eth0",
                "host%eth0",
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

    @Test
    void aNameIsAsLongAsDnsAllowsBesideTheDotAtItsEnd() {
        String longest = "a.".repeat(126) + "a";
        assertThat(HostGrammar.parse(longest + '.')).contains(longest);
        assertThat(HostGrammar.parse("a" + longest)).isEmpty();
        assertThat(HostGrammar.parse("a" + longest + '.')).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.7:80,10.0.0.7:80",
        "ORDERS.example.org.:65535,orders.example.org:65535",
        "[FD00::7]:1,[fd00::7]:1"
    })
    void anEndpointIsAHostAndAPort(String text, String address) {
        assertThat(HostGrammar.endpoint(text).map(Endpoint::address)).contains(address);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":",
                ":80",
                "h",
                "h:",
                "h:0",
                "h:080",
                "h:+80",
                "h:65536",
                "h:100000",
                "h:9999999999",
                "h: 80",
                "h:8080 ",
                " h:80",
                "h:80:80",
                "h/:80",
                "h:\u0661"
            })
    void anythingElseIsNoEndpoint(String text) {
        assertThat(HostGrammar.endpoint(text)).isEmpty();
    }
}
