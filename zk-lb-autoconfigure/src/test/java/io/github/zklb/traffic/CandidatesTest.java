package io.github.zklb.traffic;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.Acceptance;
import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.Reason;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What a stage passes on to the next one. */
class CandidatesTest {

    private static final HostSet HOSTS =
            HostSet.of(Endpoint.of("10.0.0.1", 80), Endpoint.of("10.0.0.2", 80), Endpoint.of("10.0.0.3", 80));
    private static final Endpoint FIRST = HOSTS.get(0);
    private static final Endpoint SECOND = HOSTS.get(1);
    private static final Endpoint THIRD = HOSTS.get(2);

    private final Candidates all = Candidates.of(HOSTS);

    @Test
    void atFirstEachHasItsWholeShareInTheFirstTierForNoReason() {
        assertThat(all.hosts()).isSameAs(HOSTS);
        assertThat(all.acceptance()).isSameAs(Acceptance.FULL);
        assertThat(all.reasons()).isEmpty();
        assertThat(HOSTS.endpoints()).allMatch(each -> all.tier(each) == 0 && all.state(each) == null);
    }

    @Test
    void whoIsRemovedIsKnownByTheReason() {
        Candidates rest = all.without(each -> each == SECOND, Reason.DRAINED);
        assertThat(rest.hosts()).isEqualTo(HostSet.of(FIRST, THIRD));
        assertThat(rest.state(SECOND)).isEqualTo(Reason.DRAINED);
        assertThat(rest.reasons()).containsOnlyKeys(SECOND);
        assertThat(all.hosts()).isSameAs(HOSTS);
        assertThat(all.reasons()).isEmpty();
    }

    @Test
    void whatChangesNothingGivesTheSameObject() {
        assertThat(all.without(each -> false, Reason.DRAINED)).isSameAs(all);
        assertThat(all.because(each -> false, Reason.WARMING)).isSameAs(all);
        assertThat(all.later(each -> false, Candidates.EJECTED)).isSameAs(all);
        Candidates later = all.later(each -> each == FIRST, Candidates.DEMOTED);
        assertThat(later.later(each -> each == FIRST, Candidates.OTHER_ZONES)).isSameAs(later);
        assertThat(later.later(each -> each == FIRST, Candidates.DEMOTED)).isSameAs(later);
    }

    @Test
    void theLastOfSeveralReasonsIsTheStateAndTheOthersStayNoted() {
        Candidates noted = all.because(each -> each != THIRD, Reason.EJECTED)
                .because(each -> each == FIRST, Reason.WARMING)
                .because(each -> each == SECOND, Reason.NOT_UP);
        assertThat(noted.hosts()).isSameAs(HOSTS);
        assertThat(noted.state(FIRST)).isEqualTo(Reason.EJECTED);
        assertThat(noted.state(SECOND)).isEqualTo(Reason.NOT_UP);
        assertThat(noted.state(THIRD)).isNull();
        assertThat(Map.copyOf(noted.reasons()))
                .isEqualTo(Map.of(
                        FIRST, Set.of(Reason.EJECTED, Reason.WARMING), SECOND, Set.of(Reason.EJECTED, Reason.NOT_UP)));
        assertThat(noted.count(Reason.EJECTED)).isEqualTo(1);
        assertThat(noted.count(Reason.NOT_UP)).isEqualTo(1);
        assertThat(noted.count(Reason.WARMING)).isZero();
        assertThat(noted.isNoted(Reason.WARMING)).isTrue();
        assertThat(noted.isNoted(Reason.EJECTED)).isTrue();
        assertThat(noted.isNoted(Reason.PANIC)).isFalse();
    }

    @Test
    void whoIsInALaterTierStaysThere() {
        Candidates tiered = all.later(each -> each == FIRST, Candidates.UNPROVEN)
                .later(each -> each != THIRD, Candidates.OTHER_ZONES)
                .later(each -> each == SECOND, Candidates.EJECTED);
        assertThat(tiered.tier(FIRST)).isEqualTo(Candidates.UNPROVEN);
        assertThat(tiered.tier(SECOND)).isEqualTo(Candidates.EJECTED);
        assertThat(tiered.tier(THIRD)).isZero();
        assertThat(tiered.hosts()).isSameAs(HOSTS);
    }

    @Test
    void partsOfSharesAreMultipliedAndTheRestStays() {
        Candidates before = all.later(each -> each == FIRST, 1).because(each -> each == FIRST, Reason.HELD);
        Candidates half = before.accepting(each -> each == FIRST ? 0.5 : 1);
        Candidates quarter = half.accepting(each -> each == FIRST ? 0.5 : 1);
        assertThat(quarter.acceptance().of(FIRST)).isEqualTo(0.25);
        assertThat(quarter.acceptance().of(SECOND)).isEqualTo(1);
        assertThat(quarter.tier(FIRST)).isEqualTo(1);
        assertThat(quarter.state(FIRST)).isEqualTo(Reason.HELD);
        Candidates among = quarter.among(HostSet.of(FIRST));
        assertThat(among.hosts()).isEqualTo(HostSet.of(FIRST));
        assertThat(among.acceptance().of(FIRST)).isEqualTo(0.25);
        assertThat(among.tier(FIRST)).isEqualTo(1);
        assertThat(among.state(FIRST)).isEqualTo(Reason.HELD);
    }
}
