package io.github.zklb.traffic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.Reason;
import io.github.zklb.traffic.ZoneSettings.Mode;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The parts of their shares that the stage gives to the endpoints of zones; {@code ZonePicksTest} has the picks. */
class ZoneStageTest {

    private static final Map<String, Double> CALLERS = Map.of("a", 2.0, "b", 1.0);
    private static final Map<String, Double> SERVERS = Map.of("a", 3.0, "b", 2.0, "c", 1.0);

    /** Three endpoints in zone a, two in b, one in c. */
    private static final HostSet HOSTS = HostSet.of(IntStream.rangeClosed(1, 6)
            .mapToObj(i -> Endpoint.of(i < 4 ? "a" : i < 6 ? "b" : "c", i))
            .map(each -> each.withMetadata(Map.of("zone", each.host())))
            .toList());

    private static Zones zones(Candidates candidates, Mode mode, String own) {
        ZoneSettings settings = new ZoneSettings(mode, own, "zone", Map.of(), 1);
        return Zones.of(candidates, HOSTS, settings, CALLERS, Endpoint::weight, null);
    }

    @Test
    void zonesThatAreOffPassTheCandidatesOn() {
        Candidates all = Candidates.of(HOSTS);
        assertThat(Zones.off(all)).isEqualTo(new Zones(all, Zones.State.OFF));
        assertThat(zones(all, Mode.OFF, "a")).isEqualTo(Zones.off(all));
    }

    @Test
    void aZoneIsGivenItsShareOfWhatItAccepts() {
        Candidates half = Candidates.of(HOSTS).accepting(each -> each.host().equals("a") ? 0.5 : 1);
        Zones ofA = zones(half, Mode.BALANCED, "a");
        Map<String, Double> accepting = Map.of("a", 1.5, "b", 2.0, "c", 1.0);
        assertThat(ofA.state().shares()).isEqualTo(ZoneShares.balanced(CALLERS, SERVERS, accepting, "a"));
        assertProportional(ofA);
    }

    @Test
    void thePreferredZoneIsMeasuredByWhatItAccepts() {
        Candidates half = Candidates.of(HOSTS).accepting(each -> each.host().equals("b") ? 0.5 : 1);
        Zones ofB = zones(half, Mode.PREFER_LOCAL, "b");
        Map<String, Double> accepting = Map.of("a", 3.0, "b", 1.0, "c", 1.0);
        assertThat(ofB.state().shares()).isEqualTo(ZoneShares.preferLocal(0.5, accepting, "b"));
        assertProportional(ofB);
    }

    /** The zone with the largest part of its share is given all of it, and who is given less is told why. */
    private static void assertProportional(Zones zones) {
        Candidates left = zones.candidates();
        double most = 0;
        double all = 0;
        for (Endpoint each : HOSTS.endpoints()) {
            double given = left.acceptance().of(each);
            all += given;
            most = Math.max(most, given);
        }
        for (Endpoint each : HOSTS.endpoints()) {
            double share = zones.state().shares().getOrDefault(each.host(), 0.0);
            double inZone = SERVERS.getOrDefault(each.host(), 1.0);
            double given = left.acceptance().of(each);
            assertThat(given / all).isCloseTo(share / inZone, within(1e-9));
            assertThat(left.tier(each)).isEqualTo(share == 0 ? Candidates.OTHER_ZONES : 0);
            assertThat(left.state(each)).isIn(null, Reason.OTHER_ZONE);
        }
        assertThat(most).isLessThanOrEqualTo(1);
    }
}
