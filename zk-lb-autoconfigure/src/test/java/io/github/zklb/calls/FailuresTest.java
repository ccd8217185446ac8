package io.github.zklb.calls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.zklb.InvalidSettingException;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.timeout.ReadTimeoutException;
import io.netty.handler.timeout.WriteTimeoutException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
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

    @Test
    void statusesAreSingleOnesAndRangesWithTheirEnds() {
        Failures failures = Failures.of(List.of("429", " 500-503 ", "599"), List.of());
        assertThat(IntStream.range(0, 1_000).filter(failures::include)).containsExactly(429, 500, 501, 502, 503, 599);
        assertThat(IntStream.range(0, 1_000).filter(Failures.DEFAULTS::include))
                .containsExactlyElementsOf(IntStream.range(500, 600).boxed().toList());
        assertThat(IntStream.range(0, 1_000).filter(Failures.of(List.of(), List.of())::include))
                .isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "5xx", "99", "600", "5000", "500-", "500-600", "500,503"})
    void whatIsNoStatusIsRefusedByTheNameOfItsProperty(String status) {
        assertThatThrownBy(() -> Failures.of(List.of("500", status), List.of()))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessage(
                        "zk-lb.load.error-statuses must be a list of statuses and ranges, such as 429 or 500-599, but"
                                + " was '"
                                + status + "'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"java.lang.String", "there.is.no.such.Error", ""})
    void whatIsNoErrorIsRefusedByTheNameOfItsProperty(String type) {
        assertThatThrownBy(() -> Failures.of(List.of(), List.of(type)))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessage(
                        "zk-lb.load.error-types must be a list of exception classes that are on the class path but was"
                                + " '"
                                + type + "'");
    }

    @Test
    void aTimeOutIsOneWhateverWrapsItAndNothingElseIs() {
        assertThat(Failures.isTimeOut(wrapped(new TimeoutException()))).isTrue();
        assertThat(Failures.isTimeOut(ReadTimeoutException.INSTANCE)).isTrue();
        assertThat(Failures.isTimeOut(wrapped(new IOException("broken off")))).isFalse();
        assertThat(Failures.isTimeOut(new ConnectException("Connection refused")))
                .isFalse();
    }

    private static WebClientRequestException wrapped(Exception error) {
        return new WebClientRequestException(error, HttpMethod.GET, URI.create("http://orders/"), HttpHeaders.EMPTY);
    }
}
