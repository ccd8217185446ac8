package io.github.zklb.calls;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.Endpoint;
import io.github.zklb.traffic.Clock;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.timeout.ReadTimeoutException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which of the errors that a client throws speak against the endpoint. */
class CountedCallTest {

    private static final Endpoint ENDPOINT = Endpoint.of("10.0.0.1", 80);
    private static final ConnectException REFUSED = new ConnectException("Connection refused");

    private final Clock clock = new Clock();
    private final CallLoad load = new CallLoads(clock, () -> LoadSettings.DEFAULTS).of(ENDPOINT);
    private final List<String> refusals = new ArrayList<>();

    @Test
    void anInputOutputErrorIsTheConnections() {
        thrown(new IOException("broken off"));
        assertThat(load.errorsInARow()).isEqualTo(1);
        assertThat(refusals).isEmpty();

        thrown(new UncheckedIOException(REFUSED));
        assertThat(load.errorsInARow()).isEqualTo(2);
        assertThat(refusals).containsExactly("10.0.0.1:80");
    }

    /** A refusal leaves no doubt, a failure is looked into. */
    @Test
    void aRefusalOfAClientThatMayConnectToOthersIsNoMoreThanAFailureUnlessItNamesTheEndpoint() {
        call().thrown(REFUSED, false);
        assertThat(load.errorsInARow()).isEqualTo(1);
        assertThat(refusals).isEmpty();

        call().thrown(new ConnectException("Connection refused: /10.0.0.1:80"), false);
        assertThat(load.errorsInARow()).isEqualTo(2);
        assertThat(refusals).containsExactly("10.0.0.1:80");
    }

    @Test
    void theCausesOfAnyOtherErrorMayBeAnotherClients() {
        thrown(new IllegalStateException("I/O error on GET request for \"http://10.0.0.2:80/token\"", REFUSED));
        assertThat(load.errorsInARow()).isZero();
        assertThat(refusals).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "I/O error on GET request for \"http://10.0.0.1:80/a\": Connection refused",
                "Connection refused: /10.0.0.1:80",
                "Connection refused executing GET http://10.0.0.1:80?a=b"
            })
    void anErrorThatNamesTheEndpointIsItsOwn(String message) {
        thrown(new IllegalStateException(message, REFUSED));
        assertThat(load.errorsInARow()).isEqualTo(1);
        assertThat(refusals).containsExactly("10.0.0.1:80");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET http://10.0.0.1:8080/",
                "GET http://110.0.0.1:80/",
                "GET http://10.0.0.1/",
                "10.0.0.1:80",
                ""
            })
    void anAddressThatIsOnlyLikeItIsNot(String message) {
        thrown(new IllegalStateException(message, REFUSED));
        assertThat(load.errorsInARow()).isZero();
        assertThat(refusals).isEmpty();
    }

    @Test
    void anErrorOfATypeThatTheUserNamesCountsWhateverCausedIt() {
        thrown(new TimeoutException());
        assertThat(load.errorsInARow()).isEqualTo(1);
        Failures named = Failures.of(List.of(), List.of(IllegalStateException.class.getName()));
        new CountedCall(load.start(), named, ENDPOINT.address(), new RefusalListener(refusals))
                .thrown(new IllegalStateException(REFUSED));
        assertThat(load.errorsInARow()).isEqualTo(2);
        assertThat(refusals).isEmpty();
    }

    private CountedCall call() {
        return new CountedCall(load.start(), Failures.DEFAULTS, ENDPOINT.address(), new RefusalListener(refusals));
    }

    @ParameterizedTest
    @MethodSource
    void aTimeOutOfAnyClientSpeaksAgainstTheEndpointWhenAnAnswerWasToBeExpected(Exception error) {
        Call answered = load.start();
        clock.pass(Duration.ofMillis(100));
        answered.succeeded();
        for (int millis : new int[] {50, 150}) {
            Call call = load.start();
            clock.pass(Duration.ofMillis(millis));
            new CountedCall(call, Failures.DEFAULTS, ENDPOINT.address(), CountedCall.Listener.NONE).end(error);
        }
        assertThat(load.history().failures()).isEqualTo(1);
        assertThat(load.history().unreachedInARow()).isZero();
    }

    static Stream<Exception> aTimeOutOfAnyClientSpeaksAgainstTheEndpointWhenAnAnswerWasToBeExpected() {
        return Stream.of(
                new SocketTimeoutException("Read timed out"),
                new HttpTimeoutException("request timed out"),
                new InterruptedIOException("timeout"),
                new TimeoutException(),
                ReadTimeoutException.INSTANCE,
                new IllegalStateException(new UncheckedIOException(new SocketTimeoutException("Read timed out"))));
    }

    @ParameterizedTest
    @MethodSource
    void aTimeOutWhileConnectingAlwaysSpeaksAgainstTheEndpoint(Exception error) {
        load.start().succeeded();
        new CountedCall(load.start(), Failures.DEFAULTS, ENDPOINT.address(), CountedCall.Listener.NONE).end(error);
        assertThat(load.history().unreachedInARow()).isEqualTo(1);
    }

    static Stream<Exception> aTimeOutWhileConnectingAlwaysSpeaksAgainstTheEndpoint() {
        return Stream.of(
                new SocketTimeoutException("Connect timed out"),
                new HttpConnectTimeoutException("HTTP connect timed out"),
                new ConnectTimeoutException("connection timed out"));
    }

    private void thrown(Exception error) {
        CountedCall call = call();
        call.thrown(error);
        call.call().cancelled();
        assertThat(load.inFlight()).isZero();
    }
}
