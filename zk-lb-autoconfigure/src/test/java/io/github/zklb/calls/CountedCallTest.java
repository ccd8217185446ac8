package io.github.zklb.calls;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.Endpoint;
import io.github.zklb.traffic.Clock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which of the errors that a client throws speak against the endpoint. */
class CountedCallTest {

    private static final Endpoint ENDPOINT = Endpoint.of("10.0.0.1", 80);
    private static final ConnectException REFUSED = new ConnectException("Connection refused");

    private final CallLoad load = new CallLoads(new Clock(), () -> LoadSettings.DEFAULTS).of(ENDPOINT);
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

    private void thrown(Exception error) {
        CountedCall call = call();
        call.thrown(error);
        call.call().cancelled();
        assertThat(load.inFlight()).isZero();
    }
}
