package io.github.zklb.calls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.calls.CallHistory.Contact;
import io.github.zklb.traffic.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class CallLoadsTest {

    private static final Endpoint ENDPOINT = Endpoint.of("10.0.0.1", 80);

    private final Clock clock = new Clock();
    private final CallLoads loads = new CallLoads(clock, () -> LoadSettings.DEFAULTS);
    private final CallLoad load = loads.of(ENDPOINT);

    @Test
    void aCallIsInFlightUntilItEndsAndEndsOnce() {
        Call call = load.start();
        assertThat(load.inFlight()).isEqualTo(1);
        call.failed();
        call.succeeded();
        call.cancelled();
        call.failed();
        assertThat(load.inFlight()).isZero();
        assertThat(loads.inFlight()).isZero();
        assertThat(load.takeOutcomes()).isEqualTo(new CallLoad.Outcomes(0, 1, 0, 1));
    }

    @Test
    void everyInFlightCountEndsAtZeroWhateverHappensOnHoweverManyThreads() throws Exception {
        List<CallLoad> all = IntStream.range(0, 5)
                .mapToObj(i -> loads.of(Endpoint.of("10.0.1." + i, 80)))
                .toList();
        ExecutorService threads = Executors.newFixedThreadPool(8);
        try {
            List<Callable<Void>> callers = IntStream.range(0, 8)
                    .<Callable<Void>>mapToObj(seed -> () -> callAtRandom(all, new Random(seed)))
                    .toList();
            for (Future<Void> caller : threads.invokeAll(callers)) {
                caller.get();
            }
        } finally {
            threads.shutdownNow();
        }
        clock.pass(Duration.ofSeconds(1)); // What was reserved and not used is void.
        assertThat(all).allMatch(load -> load.inFlight() == 0);
    }

    private static Void callAtRandom(List<CallLoad> all, Random random) {
        Deque<Call> calls = new ArrayDeque<>();
        for (int i = 0; i < 125_000; i++) {
            CallLoad load = all.get(random.nextInt(all.size()));
            if (random.nextInt(10) > 0 && !load.tryReserve(random.nextInt(50))) {
                continue;
            }
            if (random.nextInt(20) > 0) {
                calls.add(load.start());
            }
            while (calls.size() > random.nextInt(20)) {
                end(calls.remove(), random.nextInt(4));
            }
        }
        calls.forEach(Call::succeeded);
        return null;
    }

    private static void end(Call call, int how) {
        switch (how) {
            case 0 -> call.failed();
            case 1 -> call.cancelled();
            case 2 -> {
                call.cancelled();
                call.failed();
            }
            default -> call.succeeded();
        }
    }

    @Test
    void reservationsAreExactAndTakenOverByCalls() {
        assertThat(load.tryReserve(2)).isTrue();
        assertThat(load.tryReserve(2)).isTrue();
        assertThat(load.tryReserve(2)).isFalse();
        assertThat(loads.inFlight()).isEqualTo(2);
        Call call = load.start();
        assertThat(load.inFlight()).isEqualTo(2);
        load.start().succeeded();
        assertThat(load.inFlight()).isEqualTo(1);
        call.succeeded();
        assertThat(load.inFlight()).isZero();
        assertThat(loads.inFlight()).isZero();
    }

    @Test
    void aReservationIsVoidAfterAMomentAndACallIsNot() {
        load.start();
        assertThat(load.tryReserve(2)).isTrue();
        clock.pass(Duration.ofMillis(130));
        assertThat(load.inFlight()).isEqualTo(2);
        clock.pass(Duration.ofMillis(140));
        assertThat(load.inFlight()).isEqualTo(1);
        assertThat(load.tryReserve(2)).isTrue();
        clock.pass(Duration.ofHours(10));
        assertThat(load.inFlight()).isEqualTo(1);
        load.start();
        assertThat(loads.inFlight()).isEqualTo(2);
    }

    @Test
    void whatIsVoidIsNotInTheTotal() {
        assertThat(load.tryReserve(1)).isTrue();
        clock.pass(Duration.ofSeconds(1));
        assertThat(loads.inFlight()).isZero();
    }

    /** The number of the term in which it was made comes again, every time after nine minutes. */
    @Test
    void aReservationThatIsVoidStaysVoidHoweverLongNobodyLooks() {
        load.start();
        for (int round = 0; round < 3; round++) {
            assertThat(load.tryReserve(2)).isTrue();
            clock.pass(Duration.ofNanos(1L << 27 + 12));
            assertThat(load.inFlight()).isEqualTo(1);
            clock.pass(Duration.ofNanos(1L << 27));
            assertThat(load.inFlight()).isEqualTo(1);
        }
        clock.pass(Duration.ofNanos((1L << 27 + 12) - (1L << 26)));
        load.start();
        assertThat(load.inFlight()).isEqualTo(2);
    }

    @Test
    void reservationsBeyondAllReasonAreNotCounted() {
        for (int i = 0; i < 20_000; i++) {
            assertThat(load.tryReserve(Integer.MAX_VALUE)).isTrue();
        }
        assertThat(load.inFlight()).isEqualTo(16_383);
    }

    @Test
    void latencyRisesFastWithSlowAnswersAndFallsSlowlyWithFastOnes() {
        assertThat(load.latency()).isZero();
        answer(Duration.ofMillis(100), Duration.ofSeconds(20));
        assertThat(load.latency()).isEqualTo(100e6);
        answerAfter(Duration.ofMillis(1));
        assertThat(load.latency()).isBetween(98e6, 100e6);
        answer(Duration.ofMillis(300), Duration.ofSeconds(3));
        assertThat(load.latency()).isBetween(250e6, 300e6);
        answer(Duration.ofMillis(1), Duration.ofSeconds(10));
        assertThat(load.latency()).isBetween(90e6, 120e6);
        answer(Duration.ofMillis(1), Duration.ofSeconds(40));
        assertThat(load.latency()).isLessThan(5e6);
    }

    @Test
    void aFirstCallThatIsSlowForBeingTheFirstIsSoonForgotten() {
        answerAfter(Duration.ofMillis(500));
        answer(Duration.ofMillis(1), Duration.ofMillis(10));
        assertThat(load.latency()).isBetween(10e6, 60e6);
    }

    @Test
    void oneOutlierMovesTheLatencyALittle() {
        answer(Duration.ofMillis(10), Duration.ofSeconds(10));
        answerAfter(Duration.ofSeconds(8));
        assertThat(load.latency()).isLessThan(41e6);
        answer(Duration.ofMillis(100), Duration.ofSeconds(60));
        answerAfter(Duration.ofMillis(1));
        assertThat(load.latency()).isGreaterThan(90e6);
    }

    @Test
    void whatIsKnownOfAnEndpointThatIsLeftAloneBecomesExactlyNothing() {
        answerAfter(Duration.ofMillis(100));
        clock.pass(Duration.ofSeconds(10));
        assertThat(load.latency()).isCloseTo(50e6, within(1e6));
        clock.pass(Duration.ofSeconds(10));
        assertThat(load.latency()).isZero();
        clock.pass(Duration.ofDays(4_000));
        assertThat(load.latency()).isZero();
        Call call = load.start();
        assertThat(load.latency()).isEqualTo(100e6);
        call.ignored();
        clock.pass(Duration.ofSeconds(10));
        assertThat(load.latency()).isCloseTo(50e6, within(1e6));
    }

    @Test
    void anEndpointWithoutHistoryLooksSlowFromItsFirstCallOn() {
        Call call = load.start();
        assertThat(load.latency()).isEqualTo(5e9);
        clock.pass(Duration.ofMillis(10));
        call.succeeded();
        assertThat(load.latency()).isEqualTo(10e6);
    }

    @Test
    void errorsAreARateAndAddThePenaltyToTheLatency() {
        answer(Duration.ofMillis(10), Duration.ofSeconds(10));
        for (int i = 0; i < 30; i++) {
            load.start().failed();
        }
        double rate = load.errorRate();
        assertThat(rate).isBetween(0.01, 0.05);
        assertThat(load.latency()).isCloseTo(10e6 + rate * 5e9, within(1e3));
        for (int i = 0; i < 2_000; i++) {
            load.start().failed();
        }
        assertThat(load.errorRate()).isBetween(0.6, 1.0);
        assertThat(load.inFlight()).isZero();
    }

    @Test
    void oneErrorAmongFiftyCallsIsNoRate() {
        answer(Duration.ofMillis(10), Duration.ofSeconds(10));
        load.start().failed();
        assertThat(load.errorRate()).isZero();
        assertThat(load.latency()).isEqualTo(10e6);
    }

    @Test
    void aFailureThatComesFastDoesNotLookFast() {
        answerAfter(Duration.ofMillis(10));
        clock.pass(Duration.ofSeconds(10));
        for (int i = 0; i < 3; i++) {
            load.start().failed();
        }
        assertThat(load.latency()).isGreaterThan(10e6);
    }

    @Test
    void anEndpointThatFailsIsLeftAloneForFifteenSecondsAndEverLonger() {
        load.start().failed();
        for (int seconds : new int[] {20, 20, 40, 80, 160, 300, 300}) {
            double known = load.latency();
            assertThat(known).isPositive();
            clock.pass(Duration.ofSeconds(seconds * 3L / 4));
            assertThat(load.latency()).isEqualTo(known);
            clock.pass(Duration.ofSeconds(seconds / 4));
            assertThat(load.latency()).isZero();
            assertThat(load.errorRate()).isZero();
            load.start().failed();
        }
    }

    @Test
    void whoGivesUpBeforeAnAnswerWasToBeExpectedSaysNothing() {
        answerAfter(Duration.ofMillis(100));
        Call early = load.start();
        clock.pass(Duration.ofMillis(99));
        early.cancelled();
        assertThat(load.errorsInARow()).isZero();
        assertThat(load.latency()).isCloseTo(99.5e6, within(1e6));
        Call late = load.start();
        clock.pass(Duration.ofMillis(300));
        late.cancelled();
        assertThat(load.errorsInARow()).isEqualTo(1);
        assertThat(load.latency()).isGreaterThan(150e6);
        Call ignored = load.start();
        clock.pass(Duration.ofSeconds(1));
        ignored.ignored();
        assertThat(load.errorsInARow()).isEqualTo(1);
    }

    @Test
    void aTimeOutBeforeAnAnswerWasToBeExpectedSaysNothingAndALaterOneIsAnError() {
        answerAfter(Duration.ofMillis(100));
        waitFor(Duration.ofMillis(99)).timedOut();
        assertThat(load.history().failures()).isZero();
        for (int millis : new int[] {301, 300, 299, 150, 101}) { // it hangs, and callers wait more or less long
            waitFor(Duration.ofMillis(millis)).timedOut();
        }
        assertThat(load.errorsInARow()).isEqualTo(5);
        assertThat(load.latency()).isGreaterThan(200e6);
    }

    @Test
    void whoGivesUpANewEndpointsFirstCallSaysNothingUntilTheOthersWouldHaveAnswered() {
        CallLoad other = loads.of(Endpoint.of("10.0.0.2", 80));
        waitFor(Duration.ofSeconds(9)).cancelled();
        assertThat(load.history()).isEqualTo(CallHistory.NONE); // nobody knows yet how long an answer takes
        Call answered = other.start();
        clock.pass(Duration.ofMillis(100));
        answered.succeeded();
        waitFor(Duration.ofMillis(1)).cancelled();
        waitFor(Duration.ofMillis(99)).timedOut();
        assertThat(load.history()).isEqualTo(CallHistory.NONE);
        assertThat(load.latency()).isZero();
        waitFor(Duration.ofMillis(101)).cancelled();
        assertThat(load.errorsInARow()).isEqualTo(1);
        load.forget();
        waitFor(Duration.ofMillis(1)).cancelled();
        assertThat(load.errorRate()).isZero();
        waitFor(Duration.ofMillis(300)).cancelled();
        assertThat(load.errorRate()).isPositive();
    }

    @Test
    void oneOtherThatIsVerySlowDoesNotExcuseANewEndpointThatHangs() {
        for (int i = 1; i <= 9; i++) {
            Call answered = loads.of(Endpoint.of("10.0.0.1" + i, 80)).start();
            clock.pass(i == 9 ? Duration.ofSeconds(10) : Duration.ofMillis(10));
            answered.succeeded();
        }
        waitFor(Duration.ofMillis(10)).timedOut();
        assertThat(load.errorsInARow()).isZero();
        waitFor(Duration.ofMillis(900)).timedOut();
        assertThat(load.errorsInARow()).isEqualTo(1);
    }

    @Test
    void aTimeOutIsAnErrorWhereNobodyHasAnswered() {
        waitFor(Duration.ofMillis(1)).timedOut();
        assertThat(load.errorsInARow()).isEqualTo(1);
    }

    @Test
    void whoWasNeverReachedHasNotAnsweredWhateverTheClockShows() {
        CallHistory unreached = CallHistory.NONE.and(true, Contact.UNREACHED, 1, Long.MAX_VALUE, -1_000, 1_000_000);
        assertThat(unreached.hasAnsweredSince(-2_000)).isFalse();
        CallHistory reached = unreached.and(true, Contact.ANSWERED, 1, Long.MAX_VALUE, -500, 1_000_000);
        assertThat(reached.hasAnsweredSince(-2_000)).isTrue();
    }

    private Call waitFor(Duration time) {
        Call call = load.start();
        clock.pass(time);
        return call;
    }

    @Test
    void outcomesAreTakenOnceAndErrorsInARowStay() {
        load.start().succeeded();
        load.start().failed();
        load.start().failed();
        load.start().ignored();
        assertThat(load.takeOutcomes()).isEqualTo(new CallLoad.Outcomes(1, 2, 0, 2));
        assertThat(load.takeOutcomes()).isEqualTo(new CallLoad.Outcomes(0, 0, 0, 2));
        load.start().succeeded();
        assertThat(load.errorsInARow()).isZero();
    }

    @Test
    void anEndpointIsKnownByItsAddressAsLongAsItIsThereOrInFlight() {
        assertThat(loads.of(ENDPOINT.withId("another"))).isSameAs(load);
        Call call = load.start();
        loads.retain(HostSet.EMPTY);
        assertThat(loads.of(ENDPOINT)).isSameAs(load);
        call.succeeded();
        loads.retain(HostSet.of(ENDPOINT));
        assertThat(loads.of(ENDPOINT)).isSameAs(load);
        loads.retain(HostSet.EMPTY);
        assertThat(loads.of(ENDPOINT)).isNotSameAs(load);
    }

    @Test
    void aCallStartsByTheAddressOfAnEndpointThatIsThere() {
        assertThat(loads.start("10.0.0.2:80")).isNull();
        loads.retain(HostSet.of(ENDPOINT, Endpoint.of("::1", 80)));
        loads.start("10.0.0.1:80");
        assertThat(load.inFlight()).isEqualTo(1);
        assertThat(loads.start("[::1]:80")).isNotNull();
        assertThat(loads.start("10.0.0.2:80")).isNull();
    }

    /** One after the other, for a while. */
    private void answer(Duration each, Duration all) {
        for (long i = all.dividedBy(each); i > 0; i--) {
            answerAfter(each);
        }
    }

    private void answerAfter(Duration time) {
        Call call = load.start();
        clock.pass(time);
        call.succeeded();
    }
}
