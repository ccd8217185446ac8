package io.github.zklb.traffic;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ServingTest {

    private static final Endpoint PLAIN = Endpoint.of("10.0.0.1", 80);

    @ParameterizedTest
    @ValueSource(strings = {"UP", "up", "", "  "})
    void upAndBlankServe(String status) {
        HostSet hosts = HostSet.of(PLAIN.withMetadata(Map.of("instance_status", status)));
        assertThat(Serving.up(Candidates.of(hosts)).hosts()).isSameAs(hosts);
    }

    @ParameterizedTest
    @ValueSource(strings = {"DOWN", "OUT_OF_SERVICE", "STARTING", "whatever"})
    void anyOtherStatusDoesNotServe(String status) {
        assertThat(Serving.up(Candidates.of(HostSet.of(PLAIN.withMetadata(Map.of("instance_status", status)))))
                        .hosts())
                .isEqualTo(HostSet.EMPTY);
    }

    @Test
    void noStatusServes() {
        assertThat(Serving.up(Candidates.of(HostSet.of(PLAIN))).hosts()).isEqualTo(HostSet.of(PLAIN));
    }

    @Test
    void aWeightOfZeroDrains() {
        Endpoint other = Endpoint.of("10.0.0.2", 80);
        assertThat(Serving.undrained(Candidates.of(HostSet.of(PLAIN.withWeight(0), other)))
                        .hosts())
                .isEqualTo(HostSet.of(other));
    }

    @Test
    void whoServesIsUpAndNotDrained() {
        assertThat(Serving.serves(PLAIN)).isTrue();
        assertThat(Serving.serves(PLAIN.withWeight(0))).isFalse();
        Endpoint down = PLAIN.withMetadata(Map.of("instance_status", "DOWN"));
        assertThat(Serving.serves(down)).isFalse();
        assertThat(Serving.isUp(down)).isFalse();
        assertThat(Serving.isUp(PLAIN.withWeight(0))).isTrue();
    }
}
