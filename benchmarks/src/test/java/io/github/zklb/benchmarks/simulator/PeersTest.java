package io.github.zklb.benchmarks.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.benchmarks.simulator.Setup.Course;
import io.github.zklb.benchmarks.simulator.Setup.Fleet;
import io.github.zklb.benchmarks.simulator.Setup.Load;
import io.github.zklb.benchmarks.simulator.peers.Peer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PeersTest {

    private static final Setup SMALL =
            new Setup(Fleet.of(Setup.equal(4)), Load.perSecond(500), new Course(1, 2, 4, List.of(Behaviour.SLOW)));

    @ParameterizedTest
    @EnumSource
    void aPeerTurnsAwayFromASlowEndpoint(Peer peer) {
        assertThat(outcome(peer).faultyShare()).isLessThan(0.2);
    }

    @ParameterizedTest
    @EnumSource
    void theSameSeedGivesTheSameOutcome(Peer peer) {
        assertThat(outcome(peer)).isEqualTo(outcome(peer));
    }

    @ParameterizedTest
    @EnumSource
    void aPeerThatIsClearlyFasterIsNamed(Peer peer) {
        Outcome fast = new Outcome(8, 90, 0, 1, 1, 0, Double.NaN, 0);
        Outcome slow = new Outcome(8, 100, 0, 1, 1, 0, Double.NaN, 0);
        assertThat(new PeerReport(
                                Map.of(Scenario.MANY, Map.of(ZkLbBalancing.PEAK_EWMA, slow)),
                                Map.of(Scenario.MANY, Map.of(peer, fast)))
                        .markdown())
                .contains("| 100 ms, 0 % | `peak-ewma` | 90 ms, 0 % | **" + peer.label() + "** |");
    }

    private static Outcome outcome(Peer peer) {
        return Tally.outcome(List.of(Simulation.once(peer, SMALL, 0, 1)));
    }
}
