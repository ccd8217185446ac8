package io.github.zklb.codec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.InvalidSettingException;
import io.github.zklb.codec.EndpointDecoder.InvalidNodeException;
import io.github.zklb.membership.MembershipSettings;
import io.github.zklb.membership.ServiceMembership;
import io.github.zklb.zookeeper.membership.ZooKeeperBench;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class AllowListTest {

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.255.0.1, true",
        "10.0.0.0/8, 11.0.0.1, false",
        "10.7.7.7/8, 10.0.0.1, true",
        "10.0.0.0/9, 10.128.0.1, false",
        "10.0.0.0/8, 169.254.169.254, false",
        "10.0.0.0/8, ::ffff:10.0.0.1, true",
        "10.0.0.0/8, ::ffff:169.254.169.254, false",
        "10.0.0.0/8, ::a00:1, false",
        "10.0.0.0/8, localhost, false",
        "10.0.0.0/8, 10.0.0.1.example.org, false",
        "0.0.0.0/0, 127.0.0.1, true",
        "0.0.0.0/0, ::1, false",
        "192.0.2.7, 192.0.2.7, true",
        "192.0.2.7, 192.0.2.8, false",
        "2001:db8::/32, 2001:db8:1::1, true",
        "2001:db8::/32, 2001:db9::1, false",
        "[2001:db8::1], 2001:db8:0:0:0:0:0:1, true",
        "example.org, example.org, true",
        "example.org, orders.EXAMPLE.org, true",
        "orders.example.org., ORDERS.example.org., true",
        "2001:db8::/32, 2001:DB8:0:0:0:0:0:7%eth0, true",
        "fe80::/10, fe80::1%eth0, true",
        ".example.org, orders.example.org, true",
        "example.org, badexample.org, false",
        "example.org, example.org.evil.net, false",
        "example.org, 10.0.0.1, false",
        "Example.Org, a.b.example.org, true",
        "10.0.0.0/8 example.org, 10.1.1.1, true",
        "10.0.0.0/8 example.org, a.example.org, true",
    })
    void aHostIsAllowedByARangeOrAName(String entries, String host, boolean allowed) {
        AllowList list = AllowList.of(List.of(entries.split(" ")), List.of());
        String spelled = HostGrammar.parse(host).orElseThrow();
        assertThat(list.admits(Endpoint.of(spelled, 80))).isEqualTo(allowed);
    }

    @ParameterizedTest
    @CsvSource({
        "8080, 8080, true",
        "8080, 8081, false",
        "8000-8099, 8099, true",
        "8000-8099, 8100, false",
        "8000-8099, 7999, false",
        "22 8080, 8080, true",
        "1-65535, 65535, true",
    })
    void aPortIsAllowedByANumberOrARange(String entries, int port, boolean allowed) {
        AllowList list = AllowList.of(List.of(), Arrays.asList(entries.split(" ")));
        assertThat(list.admits(Endpoint.of("10.0.0.1", port))).isEqualTo(allowed);
    }

    @Test
    void withoutEntriesEverythingIsAllowed() {
        assertThat(AllowList.EVERYTHING.admits(Endpoint.of("169.254.169.254", 1)))
                .isTrue();
    }

    @Test
    void whatIsIgnoredOrFilteredDoesNotCountAndIsNoError() {
        AllowList list = AllowList.of(List.of(), List.of("80"))
                .ignoring(List.of("dubbo.endpoints", "protocol=grpc"))
                .filtered(endpoint -> endpoint.zone().isEmpty());
        assertThat(list.admits(Endpoint.of("h", 80))).isTrue();
        assertThat(list.admits(with("protocol", "http"))).isTrue();
        for (Endpoint foreign : List.of(with("dubbo.endpoints", "[]"), with("protocol", "grpc"), with("zone", "z"))) {
            assertThat(list.admits(foreign)).isFalse();
            assertThatExceptionOfType(InvalidNodeException.class)
                    .isThrownBy(() -> list.check(foreign))
                    .matches(InvalidNodeException::isForeign);
        }
        assertThatExceptionOfType(InvalidNodeException.class)
                .isThrownBy(() -> list.check(Endpoint.of("h", 81)))
                .matches(refused -> !refused.isForeign());
    }

    @Test
    void whatAFilterThrowsIsAReason() {
        AllowList list = AllowList.EVERYTHING.filtered(endpoint -> {
            throw new IllegalStateException("no\n");
        });
        assertThatExceptionOfType(InvalidNodeException.class)
                .isThrownBy(() -> list.check(Endpoint.of("h", 80)))
                .withMessage("the EndpointFilter failed: java.lang.IllegalStateException: no\\u000a")
                .matches(refused -> !refused.isForeign());
    }

    private static Endpoint with(String key, String value) {
        return Endpoint.of("h", 80).withMetadata(Map.of(key, value));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                "*",
                "*.example.org",
                "10.0.0.0/33",
                "10.0.0.0/",
                "10.0.0/8",
                "::/129",
                "a b",
                "10.0.0.256"
            })
    void anEntryThatIsNoHostIsRefusedByName(String entry) {
        assertThatExceptionOfType(InvalidSettingException.class)
                .isThrownBy(() -> AllowList.of(List.of(entry), List.of()))
                .withMessageStartingWith("zk-lb.membership.allowed-hosts must be IP addresses, CIDRs");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "65536", "80-", "-80", "90-80", "1-2-3", "http", "99999999999"})
    void anEntryThatIsNoPortIsRefusedByName(String entry) {
        assertThatExceptionOfType(InvalidSettingException.class)
                .isThrownBy(() -> AllowList.of(List.of(), List.of(entry)))
                .withMessageStartingWith("zk-lb.membership.allowed-ports must be ports");
    }

    @Test
    void aRegistrationOutsideIsSkippedWithOneWarningAndHarmsNoOther(CapturedOutput output) throws Exception {
        try (ZooKeeperBench bench = new ZooKeeperBench()) {
            bench.register("orders", "a", "10.0.0.1", 8080);
            bench.register("orders", "metadata", "169.254.169.254", 8080);
            bench.register("orders", "ssh", "10.0.0.2", 22);
            MembershipSettings settings = new MembershipSettings(
                    Duration.ofSeconds(1),
                    null,
                    Duration.ZERO,
                    Duration.ZERO,
                    Duration.ofSeconds(10),
                    AllowList.of(List.of("10.0.0.0/8"), List.of("8000-8999")));
            ServiceMembership orders = bench.memberships(bench.client(bench.server.getConnectString()), settings)
                    .service("orders");
            orders.firstAnswer().get(60, TimeUnit.SECONDS);
            assertThat(orders.current().hosts().endpoints())
                    .extracting(Endpoint::address)
                    .containsExactly("10.0.0.1:8080");
            assertThat(orders.invalidNodes()).isEqualTo(2);
            bench.register("orders", "b", "10.0.0.3", 8080);
            await().until(() -> orders.current().hosts().size() == 2);
            assertThat(output.getOut().lines().filter(line -> line.contains("is skipped")))
                    .hasSize(2)
                    .anyMatch(line -> line.contains("host 169.254.169.254 is not in zk-lb.membership.allowed-hosts"))
                    .anyMatch(line -> line.contains("port 22 is not in zk-lb.membership.allowed-ports"));
        }
    }
}
