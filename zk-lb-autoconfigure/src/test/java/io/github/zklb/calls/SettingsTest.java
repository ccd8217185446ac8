package io.github.zklb.calls;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.zklb.traffic.SlowStartSettings;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A value out of range is refused by the name of its property. */
class SettingsTest {

    @Test
    void durations() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LoadSettings(Duration.ZERO, Duration.ofSeconds(1), false))
                .withMessage("zk-lb.load.decay must be 1ms..1h but was 0s");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new LoadSettings(Duration.ofSeconds(1), Duration.ofHours(2), false))
                .withMessage("zk-lb.load.failure-penalty must be 1ms..1h but was 2h");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new SlowStartSettings(Duration.ofMillis(3_600_001), 1, 10))
                .withMessage("zk-lb.slow-start.window must be 0s..1h but was 3600001ms");
    }

    @Test
    void numbers() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new SlowStartSettings(Duration.ZERO, Double.NaN, 10))
                .withMessage("zk-lb.slow-start.aggression must be 0.1..10 but was NaN");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new SlowStartSettings(Duration.ZERO, 11, 10))
                .withMessage("zk-lb.slow-start.aggression must be 0.1..10 but was 11.0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new SlowStartSettings(Duration.ZERO, 1, 0))
                .withMessage("zk-lb.slow-start.minimum-weight-percent must be 1..100 but was 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new SlowStartSettings(Duration.ZERO, 1, 101))
                .withMessage("zk-lb.slow-start.minimum-weight-percent must be 1..100 but was 101");
    }
}
