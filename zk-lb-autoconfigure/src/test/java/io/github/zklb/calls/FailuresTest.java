package io.github.zklb.calls;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.timeout.ReadTimeoutException;
import io.netty.handler.timeout.WriteTimeoutException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.web.reactive.function.client.WebClientRequestException;
import reactor.netty.channel.AbortedException;

/** Which errors of a call speak against the endpoint. */
class FailuresTest {

    static Stream<Exception> ofTheConnection() {
        return Stream.of(
                new IOException(),
                new ConnectException(),
                new TimeoutException(),
                new ConnectTimeoutException(),
                ReadTimeoutException.INSTANCE,
                WriteTimeoutException.INSTANCE,
                new TooLongFrameException(),
                AbortedException.beforeSend());
    }

    @ParameterizedTest
    @MethodSource("ofTheConnection")
    void ioErrorsAndTimeOutsCountByDefaultBeItAsACause(Exception error) {
        assertThat(Failures.DEFAULTS.include(error)).isTrue();
        assertThat(Failures.DEFAULTS.include(wrapped(error))).isTrue();
    }

    @Test
    void otherErrorsDoNot() {
        assertThat(Failures.DEFAULTS.include(wrapped(new IllegalArgumentException("a header"))))
                .isFalse();
    }

    @Test
    void onlyTheTypesThatAUserNamesCount() {
        Failures own = Failures.of(List.of(), List.of(IllegalStateException.class.getName()));
        assertThat(own.include(wrapped(new IllegalStateException()))).isTrue();
        assertThat(ofTheConnection()).noneMatch(error -> own.include(wrapped(error)));
        Failures timeOuts = Failures.of(List.of(), List.of(TimeoutException.class.getName()));
        assertThat(timeOuts.include(wrapped(ReadTimeoutException.INSTANCE))).isTrue();
        assertThat(timeOuts.include(wrapped(new ConnectException()))).isFalse();
    }

    private static WebClientRequestException wrapped(Exception error) {
        return new WebClientRequestException(error, HttpMethod.GET, URI.create("http://orders/"), HttpHeaders.EMPTY);
    }
}
