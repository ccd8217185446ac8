package io.github.zklb.calls;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.calls.CallLoad.Outcomes;
import io.github.zklb.calls.CallTotals.End;
import io.github.zklb.traffic.Clock;
import java.net.ConnectException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;

/** Who is told how a call ended: the totals, the listeners, and who asks for what an endpoint said of itself. */
class CallEndsTest {

    private static final Endpoint ENDPOINT = Endpoint.of("10.0.0.1", 80);
    private static final Endpoint OTHER = Endpoint.of("10.0.0.2", 80);

    private final Clock clock = new Clock();
    private final CallLoads loads = new CallLoads(clock, () -> LoadSettings.DEFAULTS);
    private final CallLoad load = loads.of(ENDPOINT);
    private final List<String> heard = new ArrayList<>();

    private final CountedCall.Listener listener = new CountedCall.Listener() {
        @Override
        public void answered(String address, int status) {
            heard.add(address + " answered " + status);
        }

        @Override
        public void failed(String address, boolean refused) {
            heard.add(address + (refused ? " refused" : " failed"));
        }
    };

    private CountedCall call() {
        return new CountedCall(load.start(), Failures.DEFAULTS, ENDPOINT.address(), listener);
    }

    private Call begun(int millisAgo) {
        Call call = load.start();
        clock.pass(Duration.ofMillis(millisAgo));
        return call;
    }

    @Test
    void theTotalsOfEachEndAreCountedWithTheirTimesFromWhenSomebodyAsksForThem() {
        begun(5).succeeded();
        CallTotals totals = load.totals();
        assertThat(load.totals()).isSameAs(totals);
        for (End end : End.values()) {
            assertThat(totals.count(end)).isZero();
            assertThat(totals.nanos(end)).isZero();
        }
        begun(1).succeeded();
        begun(2).answered(true);
        begun(10).failed();
        begun(20).unreached();
        begun(30).answered(false);
        begun(40).timedOut();
        begun(1_000).cancelled();
        begun(2_000).ignored();
        assertThat(totals.count(End.SUCCEEDED)).isEqualTo(2);
        assertThat(totals.nanos(End.SUCCEEDED)).isEqualTo(3_000_000);
        assertThat(totals.count(End.FAILED)).isEqualTo(4);
        assertThat(totals.nanos(End.FAILED)).isEqualTo(100_000_000);
        assertThat(totals.count(End.CANCELLED)).isEqualTo(2);
        assertThat(totals.nanos(End.CANCELLED)).isEqualTo(3_000_000_000L);
    }

    @Test
    void theOutcomesAreARateAndBeginAnewWhenTheEndpointIsForgotten() {
        assertThat(load.takeOutcomes().errorRate()).isZero();
        begun(1).failed();
        begun(1).succeeded();
        begun(1).succeeded();
        begun(1).succeeded();
        Outcomes outcomes = load.takeOutcomes();
        assertThat(outcomes.calls()).isEqualTo(4);
        assertThat(outcomes.errorRate()).isEqualTo(0.25);
        loads.forget(OTHER.address());
        assertThat(load.history().successes()).isEqualTo(3);
        loads.forget(ENDPOINT.address());
        assertThat(load.history()).isEqualTo(CallHistory.NONE);
        begun(1).succeeded();
        assertThat(load.takeOutcomes()).isEqualTo(new Outcomes(1, 0, 0, 0));
    }

    @Test
    void whatIsInFlightToWhoDoesNotServeIsCountedApart() {
        CallLoad other = loads.of(OTHER);
        load.start();
        other.start();
        other.start();
        assertThat(loads.inFlight()).isEqualTo(3);
        loads.serving(HostSet.of(ENDPOINT));
        assertThat(loads.inFlight()).isEqualTo(1);
        assertThat(loads.countInFlight()).isEqualTo(3);
        loads.serving(HostSet.of(OTHER));
        assertThat(loads.inFlight()).isEqualTo(2);
        assertThat(loads.countInFlight()).isEqualTo(3);
    }

    @Test
    void whoIsInFlightIsKnownUntilTheLastCallHasEnded() {
        Call call = load.start();
        loads.retain(HostSet.of(OTHER));
        assertThat(loads.start(OTHER.address())).isNotNull();
        Call second = Objects.requireNonNull(loads.start(ENDPOINT.address()));
        call.succeeded();
        second.succeeded();
        loads.retain(HostSet.of(OTHER));
        assertThat(loads.start(ENDPOINT.address())).isNull();
    }

    @Test
    void theClockIsThatOfTheCalls() {
        assertThat(loads.nanoTime()).isEqualTo(clock.getAsLong());
    }

    @Test
    void theLastReportOfAnEndpointIsTakenOnce() {
        CountedCall asking = new CountedCall(load.start(), Failures.DEFAULTS, ENDPOINT.address(), listener, true);
        assertThat(load.takeReport()).isNull();
        asking.reported("cpu=0.5");
        asking.reported("cpu=0.7");
        asking.reported(null);
        assertThat(load.takeReport()).isEqualTo("cpu=0.7");
        assertThat(load.takeReport()).isNull();
        String longest = "x".repeat(CountedCall.LONGEST_REPORT);
        asking.reported(longest);
        asking.reported(longest + "x");
        assertThat(load.takeReport()).isEqualTo(longest);
    }

    @Test
    void aReportThatNobodyAskedForIsNotKept() {
        call().reported("cpu=0.5");
        assertThat(load.takeReport()).isNull();
    }

    @Test
    void everyAnswerIsHeardWithItsStatusAndCountsByIt() {
        call().succeeded();
        call().end(200);
        call().end(404);
        assertThat(load.takeOutcomes()).isEqualTo(new Outcomes(3, 0, 0, 0));
        call().end(503);
        assertThat(load.takeOutcomes()).isEqualTo(new Outcomes(0, 1, 0, 1));
        assertThat(heard)
                .containsExactly(
                        "10.0.0.1:80 answered 200",
                        "10.0.0.1:80 answered 200",
                        "10.0.0.1:80 answered 404",
                        "10.0.0.1:80 answered 503");
    }

    @Test
    void anErrorIsHeardIfItCountsOrIsARefusal() {
        call().end(new IllegalArgumentException("a header"));
        assertThat(heard).isEmpty();
        assertThat(load.inFlight()).isZero();
        call().end(new TimeoutException());
        call().thrown(new TimeoutException());
        call().end(new ConnectException("Connection refused"));
        Failures none = Failures.of(List.of(), List.of(IllegalStateException.class.getName()));
        new CountedCall(load.start(), none, ENDPOINT.address(), listener)
                .end(new ConnectException("Connection refused"));
        assertThat(heard)
                .containsExactly(
                        "10.0.0.1:80 failed", "10.0.0.1:80 failed", "10.0.0.1:80 refused", "10.0.0.1:80 refused");
        assertThat(load.history().unreachedInARow()).isEqualTo(1);
        assertThat(load.inFlight()).isZero();
    }

    @Test
    void whoWatchesAnEndpointHearsOfItsFailuresAndOfTheAnswerAfterConnectionsThatFailed() {
        List<Integer> unreached = new ArrayList<>();
        loads.tell((address, after) -> unreached.add(after.unreachedInARow()));
        begun(1).succeeded();
        assertThat(unreached).isEmpty();
        begun(1).unreached();
        begun(1).succeeded();
        begun(1).succeeded();
        begun(1).failed();
        begun(1).ignored();
        assertThat(unreached).containsExactly(1, 0, 0);
    }

    @Test
    void anErrorsMessageNamesTheEndpointByItsWholeAddressBehindASlash() {
        CountedCall call = call();
        assertThat(call.isNamedIn(new Exception("GET http://10.0.0.1:80"))).isTrue();
        assertThat(call.isNamedIn(new Exception("/10.0.0.1:80"))).isTrue();
        assertThat(call.isNamedIn(new Exception("/10.0.0.1:80/orders"))).isTrue();
        assertThat(call.isNamedIn(new Exception("/10.0.0.1:800"))).isFalse();
        assertThat(call.isNamedIn(new Exception("10.0.0.1:80 and more of it"))).isFalse();
        assertThat(call.isNamedIn(new Exception())).isFalse();
    }
}
