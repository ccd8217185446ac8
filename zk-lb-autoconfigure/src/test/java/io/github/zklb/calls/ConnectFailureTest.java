package io.github.zklb.calls;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ConnectTimeoutException;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import javax.net.ssl.SSLHandshakeException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.http.client.SimpleClientHttpRequestFactory;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;

/** What clients throw when no connection comes about, and when they could not even try. */
class ConnectFailureTest {

    private static final String CLOSED = "http://127.0.0.1:1/";
    private static final String UNKNOWN = "http://nobody.invalid/";

    static Stream<Named<ThrowingCallable>> refused() {
        return clients(CLOSED);
    }

    @ParameterizedTest
    @MethodSource
    void refused(ThrowingCallable call) {
        assertThat(ConnectFailure.isCauseOf(thrownBy(call))).isTrue();
    }

    static Stream<Named<ThrowingCallable>> withoutAnAddress() {
        return clients(UNKNOWN);
    }

    @ParameterizedTest
    @MethodSource
    void withoutAnAddress(ThrowingCallable call) {
        assertThat(ConnectFailure.isCauseOf(thrownBy(call))).isFalse();
    }

    /** As those of a process that is killed: the system ends its connections, in order or with a reset. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void brokenOff(boolean reset) throws Exception {
        try (ServerSocket server = new ServerSocket(0)) {
            Thread breaking = new Thread(() -> breakOffEach(server, reset));
            breaking.start();
            clients("http://127.0.0.1:" + server.getLocalPort() + "/")
                    .filter(each -> !each.getName().equals("a socket"))
                    .forEach(each -> assertThat(thrownBy(each.getPayload()))
                            .as(each.getName())
                            .matches(ConnectFailure::isBreak)
                            .matches(error -> !ConnectFailure.isCauseOf(error)));
            server.close();
            breaking.join();
        }
    }

    private static void breakOffEach(ServerSocket server, boolean reset) {
        while (!server.isClosed()) {
            try (Socket socket = server.accept()) {
                socket.setSoLinger(reset, 0);
                socket.getInputStream().read(new byte[10_000]);
            } catch (IOException closed) {
                // the next one
            }
        }
    }

    private static Stream<Named<ThrowingCallable>> clients(String url) {
        URI uri = URI.create(url);
        return Stream.of(
                Named.of(
                        "Java's HttpClient",
                        () -> HttpClient.newHttpClient()
                                .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.discarding())),
                Named.of(
                        "HttpURLConnection",
                        () -> RestClient.builder()
                                .requestFactory(new SimpleClientHttpRequestFactory())
                                .build()
                                .get()
                                .uri(uri)
                                .retrieve()
                                .toBodilessEntity()),
                Named.of(
                        "Reactor Netty",
                        () -> WebClient.create()
                                .get()
                                .uri(uri)
                                .retrieve()
                                .toBodilessEntity()
                                .block()),
                Named.of("a socket", () -> {
                    try (Socket socket = new Socket()) {
                        socket.connect(new InetSocketAddress(uri.getHost(), Math.max(1, uri.getPort())));
                    }
                }));
    }

    private static Throwable thrownBy(ThrowingCallable call) {
        try {
            call.call();
        } catch (Throwable thrown) {
            return thrown;
        }
        throw new AssertionError("nothing was thrown");
    }

    @ParameterizedTest
    @MethodSource
    void noConnectionCameAbout(Throwable error) {
        assertThat(ConnectFailure.isCauseOf(error)).isTrue();
        assertThat(ConnectFailure.isBreak(error)).isFalse();
        assertThat(ConnectFailure.isCauseOf(new IllegalStateException(new IOException(error))))
                .isTrue();
        assertThat(ConnectFailure.isWithoutConnection(new IOException(error))).isTrue();
    }

    static Stream<Throwable> noConnectionCameAbout() {
        return Stream.of(
                new ConnectException("Connection refused"),
                new ConnectException("Connection timed out"),
                caused(new ConnectException(), caused(new ConnectException(), new ClosedChannelException())),
                new ConnectTimeoutException("connection timed out after 30000 ms: /10.0.0.1:80"),
                new HttpConnectTimeoutException("HTTP connect timed out"),
                new SocketTimeoutException("Connect timed out"),
                new SocketTimeoutException("connect timed out"),
                caused(new ConnectException("No route to host"), new NoRouteToHostException("No route to host")));
    }

    @ParameterizedTest
    @MethodSource
    void theCallerCouldNotTryOrThereWasAConnection(Throwable error) {
        assertThat(ConnectFailure.isCauseOf(error)).isFalse();
        assertThat(ConnectFailure.isCauseOf(new IllegalStateException(error))).isFalse();
    }

    static Stream<Throwable> theCallerCouldNotTryOrThereWasAConnection() {
        return Stream.of(
                caused(new ConnectException(), caused(new ConnectException(), new UnresolvedAddressException())),
                new UnknownHostException("orders-7"),
                new ConnectException("Network is unreachable"),
                new SocketException("Too many open files"),
                new ConnectException("connect(..) failed: Too many open files"),
                new BindException("Cannot assign requested address"),
                new NoRouteToHostException("Cannot assign requested address"),
                caused(new ConnectException("failed"), new SSLHandshakeException("PKIX path building failed")),
                new TimeoutException(
                        "Pool#acquire(Duration) has been pending for more than the configured timeout of 45000ms"),
                new SocketTimeoutException("Read timed out"),
                new HttpTimeoutException("request timed out"),
                new SocketException("Connection reset"),
                new ClosedChannelException(),
                new IOException("refused"));
    }

    @ParameterizedTest
    @MethodSource
    void thereWasNoConnectionWhoeverIsToBlame(Throwable error) {
        assertThat(ConnectFailure.isWithoutConnection(error)).isTrue();
        assertThat(ConnectFailure.isWithoutConnection(new IllegalStateException(error)))
                .isTrue();
    }

    static Stream<Throwable> thereWasNoConnectionWhoeverIsToBlame() {
        return Stream.of(
                new UnknownHostException("orders-7"),
                new UnresolvedAddressException(),
                new ConnectException("Network is unreachable"));
    }

    @ParameterizedTest
    @MethodSource
    void thereMayHaveBeenAConnection(Throwable error) {
        assertThat(ConnectFailure.isWithoutConnection(error)).isFalse();
    }

    static Stream<Throwable> thereMayHaveBeenAConnection() {
        return Stream.of(
                new SocketTimeoutException("Read timed out"),
                new SocketException("Connection reset"),
                new ClosedChannelException());
    }

    private static Throwable caused(Throwable error, Throwable cause) {
        return error.initCause(cause);
    }
}
