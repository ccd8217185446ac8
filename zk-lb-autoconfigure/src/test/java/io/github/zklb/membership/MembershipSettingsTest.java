package io.github.zklb.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.zklb.codec.AllowList;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MembershipSettingsTest {

    @Test
    void theDefaultsAreThoseOfTheDesign() {
        MembershipSettings defaults = MembershipSettings.DEFAULTS;
        assertThat(defaults.resyncInterval()).hasSeconds(60);
        assertThat(defaults.verifyInterval(100)).hasMinutes(2);
        assertThat(defaults.verifyInterval(101)).hasMinutes(10);
        assertThat(defaults.reconnectSpread()).hasSeconds(15);
        assertThat(defaults.removalDelay()).hasMillis(250);
        assertThat(defaults.readTimeout()).hasSeconds(10);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "PT0S|PT1S|PT0S|PT0S|PT1S|zk-lb.membership.resync-interval must be 1s..24h but was 0s",
                "P2D|PT1S|PT0S|PT0S|PT1S|zk-lb.membership.resync-interval must be 1s..24h but was 48h",
                "PT1S|PT0S|PT0S|PT0S|PT1S|zk-lb.membership.verify-interval must be 1s..24h but was 0s",
                "PT1S|PT1S|PT10M|PT0S|PT1S|zk-lb.membership.reconnect-spread must be 0s..5m but was 10m",
                "PT1S|PT1S|PT0S|PT-1S|PT1S|zk-lb.membership.removal-delay must be 0s..1m but was -1s",
                "PT1S|PT1S|PT0S|PT0S|PT0.05S|zk-lb.membership.read-timeout must be 100ms..5m but was 50ms"
            })
    void whatIsOutOfRangeIsRefusedByName(
            Duration resync, Duration verify, Duration spread, Duration removal, Duration read, String message) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new MembershipSettings(resync, verify, spread, removal, read, AllowList.EVERYTHING))
                .withMessage(message);
    }
}
