package io.github.zklb.calls;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ConnectTimeoutException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What clients throw when a connection is refused, and what they throw besides. */
class RefusalTest {

    @ParameterizedTest
    @MethodSource
    void aRefusalIsFoundHoweverAClientWrapsIt(Throwable error) {
        assertThat(ConnectFailure.isRefusal(error)).isTrue();
        assertThat(ConnectFailure.isRefusal(new IllegalStateException(new IOException(error))))
                .isTrue();
    }

    static Stream<Throwable> aRefusalIsFoundHoweverAClientWrapsIt() {
        return Stream.of(
                new ConnectException("Connection refused"),
                new ConnectException("Connection refused: connect"),
                new ConnectException("finishConnect(..) failed: Connection refused: /127.0.0.1:1"),
                caused(new ConnectException(), caused(new ConnectException(), new ClosedChannelException())));
    }

    @ParameterizedTest
    @MethodSource
    void whatSaysNothingOfTheEndpointIsNoRefusal(Throwable error) {
        assertThat(ConnectFailure.isRefusal(error)).isFalse();
        assertThat(ConnectFailure.isRefusal(new IllegalStateException(error))).isFalse();
    }

    static Stream<Throwable> whatSaysNothingOfTheEndpointIsNoRefusal() {
        return Stream.of(
                new ConnectException("Network is unreachable"),
                new ConnectException("Connection timed out"),
                new ConnectTimeoutException("connection timed out after 30000 ms: /10.0.0.1:80"),
                caused(new ConnectException(), caused(new ConnectException(), new UnresolvedAddressException())),
                caused(new ConnectException("No route to host"), new NoRouteToHostException("No route to host")),
                new ClosedChannelException(),
                new SocketTimeoutException("Read timed out"),
                new IOException("refused"));
    }

    @Test
    void aCircleOfCausesEnds() {
        Throwable one = new IOException();
        one.initCause(new IOException(one));
        assertThat(ConnectFailure.isRefusal(one)).isFalse();
    }

    private static Throwable caused(Throwable error, Throwable cause) {
        return error.initCause(cause);
    }
}
