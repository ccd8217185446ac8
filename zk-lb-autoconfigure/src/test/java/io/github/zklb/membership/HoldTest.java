package io.github.zklb.membership;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.membership.Hold.Situation;
import io.github.zklb.membership.Hold.Standing;
import io.github.zklb.membership.HoldSettings.WhenEmpty;
import io.github.zklb.membership.Lost.Evidence;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The hold with its defaults: half of those that serve, 30 s and 30 s, an hour. Small letters serve, capitals do not. */
class HoldTest {

    private HoldSettings settings = HoldSettings.DEFAULTS;
    private Hold hold = Hold.NOTHING_KNOWN;
    private long nanos = Long.MAX_VALUE - Duration.ofSeconds(40).toNanos();
    private long lastContact = nanos - Duration.ofHours(1).toNanos();
    private String registered = "";
    private boolean connected = true;
    private int resets;
    private final Set<String> elsewhere = new HashSet<>();
    private final Set<String> probed = new TreeSet<>();

    // when a hold begins and ends

    @Test
    void theFirstAnswerIsServedAsItIs() {
        step("");
        assertHeld("");
        step("abcd");
        assertHeld("");
    }

    @Test
    void halfMayGo() {
        step("abcd");
        step("ab");
        assertHeld("");
        assertThat(hold.dueNanos(settings)).isEmpty();
    }

    @Test
    void moreThanHalfIsHeldUntilTheGraceIsOver() {
        step("abcd");
        step("a");
        assertHeld("bcd");
        passes(29.9);
        step("a");
        assertHeld("bcd");
        passes(0.1);
        step("a");
        assertHeld("");
    }

    @Test
    void theEndOfTheGraceIsWhenAStepIsDue() {
        settings = withProbe(false);
        step("abcd");
        step("a");
        assertThat(hold.dueNanos(settings).orElseThrow() - nanos)
                .isEqualTo(Duration.ofSeconds(30).toNanos());
    }

    @Test
    void whatWasAdoptedIsNotHeldAgain() {
        step("abcd");
        step("a");
        passes(30);
        step("a");
        step("a");
        assertHeld("");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "ab", "abc"})
    void aServiceOfAnySizeIsHeldWhenNoneIsLeft(String all) {
        step(all);
        step("");
        assertHeld(all);
    }

    @Test
    void aHeldEndpointThatRefusesLeavesAtOnceAndStaysGone() {
        step("abcd");
        step("a");
        tell('b', Evidence.REFUSED);
        contact();
        step("a");
        assertHeld("cd");
        assertThat(standing('b')).isEqualTo(Standing.GONE);
        tell('b', Evidence.ANSWERED);
        tell('b', Evidence.PROBE_CONNECTED);
        step("a");
        assertHeld("cd");
        step("ab");
        assertHeld("");
    }

    @Test
    void whatIsToldOfARegisteredEndpointIsNotTheHoldsAffair() {
        step("abcd");
        tell('a', Evidence.REFUSED);
        step("a");
        tell('a', Evidence.REFUSED);
        tell('x', Evidence.REFUSED);
        contact();
        step("a");
        assertHeld("bcd");
    }

    @Test
    void theHeldOnesLeaveWhenEnoughAreBack() {
        step("abcdef");
        step("a");
        step("ax");
        assertHeld("bcdef");
        step("axy");
        assertHeld("");
    }

    @Test
    void aHeldEndpointThatReturnsUnderAnotherIdIsNotServedTwice() {
        step("abcd");
        step("");
        HostSet returned = HostSet.of(endpoint('a').withId("a2"));
        hold = hold.step(situation(returned, returned), settings, nanos);
        assertHeld("bcd");
    }

    @Test
    void lossesWithinTheWindowCountTogetherAndThoseBeforeTheMassAreHeldToo() {
        step("abcdef");
        passes(10);
        step("abcde");
        passes(10);
        step("abc");
        assertHeld("");
        passes(5);
        step("ab");
        assertHeld("cdef");
    }

    @Test
    void aSlowScaleDownIsFollowed() {
        step("abcdef");
        for (String left : List.of("abcde", "abcd", "abc", "ab", "a")) {
            passes(31);
            step(left);
            assertHeld("");
        }
    }

    @Test
    void aRollingRestartUnderNewAddressesIsNoLoss() {
        String serving = "abcdefgh";
        step(serving);
        for (char next = 'i'; next <= 'p'; next++) {
            passes(2);
            step(serving + next);
            passes(1);
            serving = serving.substring(1) + next;
            step(serving);
            assertHeld("");
        }
    }

    @Test
    void afterARecoveryAnotherLossIsHeldAgain() {
        step("abcd");
        step("a");
        step("abcd");
        assertHeld("");
        step("a");
        assertHeld("bcd");
    }

    @Test
    void anyLossWithAResetIsHeldUntilAsManyAreBack() {
        step("abc");
        resets++;
        step("ab");
        assertHeld("c");
        step("abx");
        assertHeld("");
    }

    @Test
    void aResetThatLosesNothingIsFollowed() {
        step("abc");
        resets++;
        step("xyz");
        assertHeld("");
    }

    @Test
    void switchedOffItHoldsNothing() {
        settings = new HoldSettings(
                false,
                0.5,
                settings.window(),
                settings.gracePeriod(),
                settings.maxDuration(),
                settings.whenEmpty(),
                true);
        step("abcdef");
        resets++;
        step("");
        assertHeld("");
    }

    // what counts

    @Test
    void whoDidNotServeIsNotHeldAndDoesNotCount() {
        step("abcdEFGH");
        step("EFGH");
        assertHeld("abcd");
        step("");
        assertHeld("abcd");
    }

    @Test
    void whoLeftTheTrafficFirstHasLeftInOrder() {
        step("abcdef");
        step("abCDEF");
        step("ab");
        assertHeld("");
        step("a");
        assertHeld("");
    }

    @Test
    void theTimeWithoutAConnectionDoesNotCount() {
        step("abcd");
        step("a");
        passes(20);
        connected = false;
        step("a");
        passes(3_000);
        step("a");
        assertHeld("bcd");
        assertThat(hold.dueNanos(withProbe(false))).isEmpty();
        connected = true;
        step("a");
        passes(9.9);
        step("a");
        assertHeld("bcd");
        passes(0.1);
        step("a");
        assertHeld("");
    }

    @Test
    void whenNoneServesTheyAreHeldForTheLongestTimeAndNewOnesBeginTheGrace() {
        step("abcd");
        step("");
        passes(3_000);
        step("D");
        assertHeld("abc");
        step("e");
        passes(29.9);
        step("e");
        assertHeld("abcd".replace("d", ""));
        passes(0.1);
        step("e");
        assertHeld("");
        step("abcd");
        step("");
        passes(3_600);
        step("");
        assertHeld("");
    }

    @Test
    void whenNoneServesTheGraceCountsIfTheUserSaysSo() {
        settings = new HoldSettings(
                true,
                0.5,
                settings.window(),
                settings.gracePeriod(),
                settings.maxDuration(),
                WhenEmpty.GRACE_PERIOD,
                true);
        step("abcd");
        step("");
        passes(30);
        step("");
        assertHeld("");
    }

    // evidence

    @Test
    void whatProvesToBeAliveIsServedAsBeforeAndTheRestBehindIt() {
        step("abcd");
        step("");
        assertThat(standing('b')).isEqualTo(Standing.UNPROVEN);
        tell('b', Evidence.ANSWERED);
        tell('c', Evidence.PROBE_CONNECTED);
        step("");
        assertThat(standing('a')).isEqualTo(Standing.UNPROVEN);
        assertThat(standing('b')).isEqualTo(Standing.PROVEN);
        assertThat(standing('c')).isEqualTo(Standing.PROVEN);
    }

    @Test
    void anAnswerBetweenTheLossAndTheMassIsEvidence() {
        step("abcdef");
        step("abcde");
        tell('f', Evidence.ANSWERED);
        step("a");
        assertThat(standing('f')).isEqualTo(Standing.PROVEN);
    }

    @ParameterizedTest
    @EnumSource(
            value = Evidence.class,
            names = {"FAILED", "UNAVAILABLE", "REFUSED", "PROBE_REFUSED", "PROBE_TIMED_OUT"})
    void whatFailsGoesLast(Evidence failure) {
        step("abcd");
        step("");
        tell('b', Evidence.PROBE_CONNECTED);
        step("");
        tell('b', failure);
        step("");
        assertThat(standing('b')).isEqualTo(Standing.DEMOTED);
        assertHeld("abcd");
    }

    @Test
    void oneFailedCallIsUndoneByAConnectionTwoInARowAreNot() {
        step("abcd");
        step("");
        tell('b', Evidence.FAILED);
        tell('b', Evidence.PROBE_CONNECTED);
        assertThat(standing('b')).isEqualTo(Standing.PROVEN);
        tell('b', Evidence.FAILED);
        tell('b', Evidence.PROBE_CONNECTED);
        assertThat(standing('b')).isEqualTo(Standing.DEMOTED);
        tell('b', Evidence.ANSWERED);
        assertThat(standing('b')).isEqualTo(Standing.PROVEN);
    }

    @Test
    void anAcceptingProxyBeforeADeadEndpointIsNoEvidence() {
        step("abcd");
        step("");
        tell('b', Evidence.PROBE_CONNECTED);
        tell('b', Evidence.UNAVAILABLE);
        tell('b', Evidence.PROBE_CONNECTED);
        assertThat(standing('b')).isEqualTo(Standing.DEMOTED);
        tell('c', Evidence.ANSWERED);
        tell('c', Evidence.UNAVAILABLE);
        tell('c', Evidence.PROBE_CONNECTED);
        assertThat(standing('c')).isEqualTo(Standing.PROVEN);
    }

    @Test
    void twoTimeOutsLeave() {
        step("abcd");
        step("a");
        passes(2);
        contact();
        tell('b', Evidence.PROBE_TIMED_OUT);
        step("a");
        assertHeld("bcd");
        passes(2);
        tell('b', Evidence.PROBE_TIMED_OUT);
        step("a");
        assertHeld("cd");
    }

    @Test
    void aConnectionBetweenTwoTimeOutsMakesThemOne() {
        step("abcd");
        step("a");
        tell('b', Evidence.PROBE_TIMED_OUT);
        tell('b', Evidence.PROBE_CONNECTED);
        tell('b', Evidence.PROBE_TIMED_OUT);
        contact();
        step("a");
        assertHeld("bcd");
    }

    @Test
    void localTroubleSaysNothing() {
        step("abcd");
        step("a");
        contact();
        for (int time = 0; time < 5; time++) {
            tell('b', Evidence.PROBE_UNDECIDED);
            step("a");
        }
        assertThat(standing('b')).isEqualTo(Standing.UNPROVEN);
    }

    @Test
    void nobodyLeavesAsLongAsNothingIsReached() {
        step("abcd");
        contact();
        passes(1);
        step("");
        passes(5);
        for (char id : "abcd".toCharArray()) {
            tell(id, Evidence.PROBE_TIMED_OUT);
            tell(id, Evidence.PROBE_TIMED_OUT);
            tell(id, Evidence.REFUSED);
        }
        step("");
        assertHeld("abcd");
        assertThat(hold.dueNanos(withProbe(false)).orElseThrow() - nanos)
                .isLessThanOrEqualTo(Duration.ofSeconds(1).toNanos());
        contact();
        step("");
        assertHeld("");
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whatWasReachedBeforeAProvenOneFellSilentDoesNotCount(boolean aCallFailedBefore) {
        step("abcd");
        step("");
        if (aCallFailedBefore) {
            tell('a', Evidence.FAILED);
            passes(1);
        }
        tell('a', Evidence.PROBE_CONNECTED);
        contact();
        step("");
        passes(10);
        step("");
        passes(2);
        tell('a', Evidence.PROBE_TIMED_OUT);
        step("");
        passes(2);
        tell('a', Evidence.PROBE_TIMED_OUT);
        step("");
        assertThat(standing('a')).isEqualTo(Standing.DEMOTED);
    }

    @Test
    void aCutOfTheCallersOwnNetworkCostsNobodyOnceItIsOver() {
        step("abcd");
        step("");
        for (int time = 0; time < 2; time++) {
            passes(2);
            for (char id : "abcd".toCharArray()) {
                tell(id, Evidence.PROBE_TIMED_OUT);
            }
        }
        step("");
        probed.clear();
        passes(5);
        contact();
        passes(1);
        step("");
        assertHeld("abcd");
        assertThat(probed).as("now it will tell").containsExactly("a", "b", "c", "d");
        tell('a', Evidence.PROBE_CONNECTED);
        tell('b', Evidence.PROBE_TIMED_OUT);
        step("");
        assertHeld("acd");
    }

    @Test
    void aProbeThatBeganBeforeOthersWereReachedAgainDoesNotTell() {
        step("abcd");
        step("");
        passes(2);
        tell('a', Evidence.PROBE_TIMED_OUT);
        step("");
        passes(1.5);
        contact();
        step("");
        passes(0.5);
        tell('a', Evidence.PROBE_TIMED_OUT);
        probed.clear();
        step("");
        assertHeld("abcd");
        assertThat(probed).containsExactly("a");
        tell('a', Evidence.PROBE_TIMED_OUT);
        step("");
        assertHeld("bcd");
    }

    /** Of very many some are put off until others end. */
    @Test
    void whatWasReachedWhileAProbeWaitedForItsTurnDoesNotCount() {
        step("abcd");
        step("");
        passes(5);
        contact();
        passes(2.5);
        tell('a', Evidence.PROBE_TIMED_OUT);
        step("");
        passes(2);
        tell('a', Evidence.PROBE_TIMED_OUT);
        step("");
        assertHeld("abcd");
        contact();
        step("");
        tell('a', Evidence.PROBE_TIMED_OUT);
        step("");
        assertHeld("bcd");
    }

    @Test
    void whatWasReachedBeforeAProbeBeganDoesNotCount() {
        step("abcdefghij");
        step("");
        passes(0.9);
        contact();
        passes(2);
        tell('a', Evidence.PROBE_TIMED_OUT);
        passes(2);
        tell('a', Evidence.PROBE_TIMED_OUT);
        step("");
        assertHeld("abcdefghij");
    }

    @Test
    void callsThatFailedDuringACutOfTheCallersOwnNetworkCostNobody() {
        settings = withProbe(false);
        step("abcd");
        step("");
        passes(40);
        tell('a', Evidence.FAILED);
        tell('a', Evidence.FAILED);
        step("");
        passes(5);
        contact();
        step("");
        assertHeld("abcd");
        tell('a', Evidence.FAILED);
        step("");
        assertHeld("bcd");
    }

    @Test
    void anAddressThatHasComeToAnotherServiceLeaves() {
        step("abcd");
        step("a");
        elsewhere.add(endpoint('b').address());
        step("a");
        assertHeld("cd");
    }

    @Test
    void thoseWhosePlaceOthersHaveTakenDoNotComeBefore() {
        step("abcdefghij");
        passes(100);
        step("abcdefghijvwxy");
        passes(5);
        step("vwxy");
        tell('a', Evidence.PROBE_CONNECTED);
        assertThat(standing('a')).isEqualTo(Standing.UNPROVEN);
        step("vwxyb");
        assertThat(standing('a')).as("b has outlived the others").isEqualTo(Standing.PROVEN);
        assertHeld("acdefghij");
    }

    @Test
    void successorsMayComeAfterwards() {
        step("abcdefghij");
        passes(100);
        step("");
        tell('a', Evidence.PROBE_CONNECTED);
        assertThat(standing('a')).isEqualTo(Standing.PROVEN);
        passes(5);
        step("vwxy");
        assertThat(standing('a')).isEqualTo(Standing.UNPROVEN);
    }

    @Test
    void survivorsAreNoSuccessorsNorAreFew() {
        step("abcdefghij");
        passes(5);
        step("abcd");
        tell('j', Evidence.PROBE_CONNECTED);
        assertThat(standing('j')).isEqualTo(Standing.PROVEN);
        step("x");
        assertThat(standing('j')).isEqualTo(Standing.PROVEN);
    }

    // probes

    @Test
    void everyHeldEndpointIsProbedAtOnceAndAgainAfterTenSeconds() {
        step("abcd");
        assertThat(probed).isEmpty();
        step("a");
        assertThat(probed).containsExactly("b", "c", "d");
        assertThat(hold.spread()).hasMillis(60);
        probed.clear();
        tell('b', Evidence.PROBE_CONNECTED);
        tell('c', Evidence.PROBE_UNDECIDED);
        passes(9.9);
        step("a");
        assertThat(probed).isEmpty();
        passes(0.1);
        step("a");
        assertThat(probed).containsExactly("b", "c");
    }

    @Test
    void aSilentOneIsProbedAgainAtOnceAndSoIsOneWhoseCallFails() {
        step("abcd");
        step("a");
        probed.clear();
        tell('b', Evidence.PROBE_TIMED_OUT);
        step("a");
        assertThat(probed).containsExactly("b");
        probed.clear();
        tell('b', Evidence.PROBE_CONNECTED);
        step("a");
        assertThat(probed).isEmpty();
        tell('b', Evidence.FAILED);
        step("a");
        assertThat(probed).containsExactly("b");
    }

    /** It may only be slow: a probe tells. */
    @Test
    void whoIsCalledAndAnswersNothingIsProbedAtOnceAndNothingElse() {
        step("abcd");
        step("a");
        tell('b', Evidence.ANSWERED);
        tell('b', Evidence.PROBE_CONNECTED);
        probed.clear();
        tell('b', Evidence.UNANSWERED);
        step("a");
        assertThat(probed).containsExactly("b");
        assertThat(standing('b')).isEqualTo(Standing.PROVEN);
        probed.clear();
        tell('b', Evidence.UNANSWERED);
        step("a");
        assertThat(probed).as("a probe is under way").isEmpty();
        tell('b', Evidence.PROBE_TIMED_OUT);
        step("a");
        assertThat(standing('b')).isEqualTo(Standing.DEMOTED);
        tell('b', Evidence.PROBE_CONNECTED);
        step("a");
        assertThat(standing('b')).isEqualTo(Standing.PROVEN);
    }

    @Test
    void theProbesOfALargeLossAreSpreadOverASecond() {
        step("abcdefghijklmnopqrstuvwxyz0123456789+-*/()[]{}<>!?.,;:_=~^");
        step("");
        assertThat(hold.spread()).hasSeconds(1);
    }

    @Test
    void withoutProbesCallsAloneTell() {
        settings = withProbe(false);
        step("abcd");
        step("");
        assertThat(probed).isEmpty();
        tell('a', Evidence.FAILED);
        tell('b', Evidence.ANSWERED);
        contact();
        step("");
        tell('a', Evidence.FAILED);
        step("");
        assertHeld("abcd");
        passes(30);
        step("");
        assertHeld("bcd");
    }

    // what holds whatever happens

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void whateverHappensNobodyLeavesForNothingAndEveryHoldEnds(long seed) {
        Random random = new Random(seed);
        Map<String, Signs> signs = new HashMap<>();
        Map<String, Long> registeredUntil = new HashMap<>();
        NavigableSet<Long> contacts = new TreeSet<>();
        Set<String> everServed = new HashSet<>();
        int gone = 0;
        long start = nanos; // the nanoseconds overflow on the way
        for (int turn = 0; turn < 3_000; turn++) {
            passes(random.nextInt(8) == 0 ? random.nextInt(40) : random.nextDouble());
            connected = random.nextInt(10) > 0;
            resets += random.nextInt(50) == 0 ? 1 : 0;
            if (connected && random.nextInt(3) == 0) {
                registered = subset("abcdefghij", random.nextInt(5) / 4.0, random);
            }
            if (random.nextInt(4) == 0) {
                contact();
                contacts.add(lastContact - start);
            }
            for (int sign = random.nextInt(6); sign > 0; sign--) {
                char id = (char) ('a' + random.nextInt(10));
                Evidence evidence = Evidence.values()[random.nextInt(Evidence.values().length)];
                if (standing(id) != Standing.GONE) {
                    long now = nanos - start;
                    signs.compute(String.valueOf(id), (of, known) -> {
                        long until = registeredUntil.getOrDefault(of, now);
                        return (known == null ? new Signs(until, until, false) : known).and(evidence, now);
                    });
                }
                tell(id, evidence);
            }
            everServed.addAll(List.of(registered.replaceAll("[A-Z]", "").split("")));
            step(registered);
            for (Map.Entry<Endpoint, Standing> entry : hold.standings().entrySet()) {
                String id = entry.getKey().id();
                assertThat(registered.toLowerCase(Locale.ROOT)).doesNotContain(id);
                assertThat(everServed).contains(id);
                if (entry.getValue() == Standing.GONE) {
                    gone++;
                    Signs against = Objects.requireNonNull(signs.get(id));
                    long until = against.refused() ? nanos - start : against.last();
                    assertThat(contacts.subSet(against.since(), true, until, true))
                            .as("turn " + turn + ": " + id + ", " + against)
                            .isNotEmpty();
                }
            }
            for (String id : registered.toLowerCase(Locale.ROOT).split("")) {
                signs.remove(id);
                registeredUntil.put(id, nanos - start);
            }
        }
        assertThat(gone).isPositive();
        connected = true;
        step("");
        passes(3_600);
        step("");
        assertHeld("");
        assertThat(hold.dueNanos(settings)).isEmpty();
    }

    /** What spoke against an endpoint, and nothing for it: since when, the last of it, and whether a refusal was among it. */
    private record Signs(long since, long last, boolean refused) {

        /** What comes before a proof is no sign any more. */
        Signs and(Evidence evidence, long now) {
            return switch (evidence) {
                case ANSWERED, PROBE_CONNECTED -> new Signs(now, now, false);
                case REFUSED, PROBE_REFUSED -> new Signs(since, now, true);
                case PROBE_TIMED_OUT, FAILED, UNAVAILABLE -> new Signs(since, now, refused);
                case UNANSWERED, PROBE_UNDECIDED -> this;
            };
        }
    }

    private static String subset(String ids, double part, Random random) {
        StringBuilder subset = new StringBuilder();
        for (char id : ids.toCharArray()) {
            if (random.nextDouble() < part) {
                subset.append(random.nextInt(8) == 0 ? Character.toUpperCase(id) : id);
            }
        }
        return subset.toString();
    }

    @Test
    void settingsOutOfRangeAreRefusedByName() {
        Duration half = Duration.ofSeconds(30);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> settings(Double.NaN, half, half, half))
                .withMessage("zk-lb.membership.hold.threshold must be 0..1 but was NaN");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> settings(1.5, half, half, half))
                .withMessage("zk-lb.membership.hold.threshold must be 0..1 but was 1.5");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> settings(0.5, half.negated(), half, half))
                .withMessage("zk-lb.membership.hold.window must be 0s..24h but was -30s");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> settings(0.5, half, Duration.ofDays(2), half))
                .withMessage("zk-lb.membership.hold.grace-period must be 0s..24h but was 48h");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> settings(0.5, half, half, Duration.ofDays(2)))
                .withMessage("zk-lb.membership.hold.max-duration must be 0s..24h but was 48h");
    }

    @Test
    void theDefaultsAreThoseOfTheDesign() {
        assertThat(HoldSettings.DEFAULTS)
                .isEqualTo(new HoldSettings(
                        true,
                        0.5,
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(30),
                        Duration.ofHours(1),
                        WhenEmpty.UNTIL_DEAD,
                        true));
    }

    private static HoldSettings settings(double threshold, Duration window, Duration grace, Duration longest) {
        return new HoldSettings(true, threshold, window, grace, longest, WhenEmpty.UNTIL_DEAD, true);
    }

    private static HoldSettings withProbe(boolean probe) {
        HoldSettings usual = HoldSettings.DEFAULTS;
        return new HoldSettings(
                true,
                usual.threshold(),
                usual.window(),
                usual.gracePeriod(),
                usual.maxDuration(),
                usual.whenEmpty(),
                probe);
    }

    private void step(String ids) {
        registered = ids;
        HostSet all = hosts(ids.toLowerCase(Locale.ROOT));
        hold = hold.step(situation(all, hosts(ids.replaceAll("[A-Z]", ""))), settings, nanos);
        hold.probes().forEach(each -> probed.add(each.id()));
    }

    private Situation situation(HostSet all, HostSet serving) {
        return new Situation(
                all, serving, connected, resets, (address, since) -> elsewhere.contains(address), lastContact);
    }

    private void tell(char id, Evidence evidence) {
        hold = hold.with(endpoint(id).address(), evidence, nanos);
    }

    /** Somebody else is reached now. */
    private void contact() {
        nanos++;
        lastContact = nanos;
    }

    private void passes(double seconds) {
        nanos += (long) (seconds * 1e9);
    }

    private @Nullable Standing standing(char id) {
        return hold.standings().get(endpoint(id));
    }

    private void assertHeld(String ids) {
        Set<String> held = hold.standings().entrySet().stream()
                .filter(entry -> entry.getValue() != Standing.GONE)
                .map(entry -> entry.getKey().id())
                .collect(Collectors.toSet());
        assertThat(held)
                .as("beside " + registered)
                .containsExactlyInAnyOrder(
                        Arrays.stream(ids.split("")).filter(id -> !id.isEmpty()).toArray(String[]::new));
    }

    private static HostSet hosts(String ids) {
        return HostSet.of(ids.chars().mapToObj(id -> endpoint((char) id)).toList());
    }

    private static Endpoint endpoint(char id) {
        return Endpoint.of("10.0.0." + (int) id, 80).withId(String.valueOf(id));
    }
}
