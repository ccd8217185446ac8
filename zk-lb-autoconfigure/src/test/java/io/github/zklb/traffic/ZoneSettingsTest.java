package io.github.zklb.traffic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.zklb.Endpoint;
import io.github.zklb.InvalidSettingException;
import io.github.zklb.traffic.ZoneSettings.Mode;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What the settings of zones accept, and which zone an endpoint is in. */
class ZoneSettingsTest {

    private static ZoneSettings settings(
            @Nullable String own, String key, Map<String, Double> callerShares, int minEndpoints) {
        return new ZoneSettings(Mode.BALANCED, own, key, callerShares, minEndpoints);
    }

    private static void refused(String message, String key, Map<String, Double> callerShares, int minEndpoints) {
        assertThatThrownBy(() -> settings("a", key, callerShares, minEndpoints))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessage("zk-lb.zone." + message);
    }

    @Test
    void whatCannotBeIsRefusedByItsName() {
        refused("metadata-key must be the name of a metadata key, such as zone, but was empty", " ", Map.of(), 6);
        refused("caller-shares[b] must be 0.001..1000000 but was 0.0", "zone", Map.of("a", 1.0, "b", 0.0), 6);
        refused("min-endpoints must be 1..1000000 but was 0", "zone", Map.of(), 0);
        refused("min-endpoints must be 1..1000000 but was 1000001", "zone", Map.of(), 1_000_001);
        settings("a", "zone", Map.of("b", 0.001, "a", 1_000_000.0), 1);
    }

    @Test
    void theOwnZoneHasNoBlanksAroundItAndABlankOneIsNone() {
        assertThat(settings(" a ", "zone", Map.of(), 1).own()).isEqualTo("a");
        assertThat(settings("  ", "zone", Map.of(), 1).own()).isNull();
        assertThat(settings(null, "zone", Map.of(), 1).own()).isNull();
    }

    @Test
    void theZoneOfAnEndpointIsItsMetadataWithoutBlanksAroundItOrEmpty() {
        ZoneSettings settings = settings("a", "az", Map.of(), 1);
        Endpoint endpoint = Endpoint.of("10.0.0.1", 80);
        assertThat(settings.of(endpoint.withMetadata(Map.of("az", " a ")))).isEqualTo("a");
        assertThat(settings.of(endpoint.withMetadata(Map.of("zone", "a")))).isEmpty();
        assertThat(settings.of(endpoint)).isEmpty();
    }
}
