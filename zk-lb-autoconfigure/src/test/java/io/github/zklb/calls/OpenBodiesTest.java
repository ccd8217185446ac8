package io.github.zklb.calls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.traffic.Clock;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** A call whose answer has a body is in flight until that has ended, and teaches what there is to learn by its head. */
class OpenBodiesTest {

    private static final Endpoint ENDPOINT = Endpoint.of("10.0.0.1", 80);

    private final Clock clock = new Clock();
    private final CallLoads loads = new CallLoads(clock, () -> LoadSettings.DEFAULTS);
    private final CallLoad load = loads.of(ENDPOINT);
    private final Object reader = new Object();

    @Test
    void theHeadTeachesAndTheEndOfTheBodyEndsTheCallOnce() {
        Call call = answered();
        CallHistory head = load.history();
        assertThat(head.answerTime()).isEqualTo(Duration.ofMillis(10).toNanos());
        clock.pass(Duration.ofHours(1));
        call.ignored();
        call.failed();
        call.succeeded();
        assertThat(load.inFlight()).isEqualTo(1);
        assertThat(load.calls()).isEqualTo(1);
        call.bodyEnded();
        call.bodyEnded();
        assertThat(load.inFlight()).isZero();
        assertThat(load.calls()).isEqualTo(1);
        assertThat(load.history()).isEqualTo(head);
    }

    @Test
    void whatHasNoBodyHasNoneThatEnds() {
        Call call = load.start();
        call.bodyEnded();
        assertThat(load.inFlight()).isEqualTo(1);
        call.succeeded();
        call.answered(true, reader);
        call.bodyEnded();
        assertThat(load.inFlight()).isZero();
    }

    @Test
    void anEndpointIsKnownAsLongAsAStreamOfItIsOpen() {
        Call call = answered();
        loads.retain(HostSet.EMPTY);
        assertThat(loads.of(ENDPOINT)).isSameAs(load);
        call.bodyEnded();
        loads.retain(HostSet.EMPTY);
        assertThat(loads.of(ENDPOINT)).isNotSameAs(load);
    }

    @Test
    void oneThatIsDroppedUnreadEndsWhenAnotherCallBegins() {
        load.start().answered(true, new Object());
        Call kept = answered();
        assertThat(load.inFlight()).isEqualTo(2);
        await().until(() -> {
            System.gc();
            load.start().ignored();
            return load.inFlight() == 1;
        });
        kept.bodyEnded();
        assertThat(load.inFlight()).isZero();
        assertThat(reader).isNotNull();
    }

    @Test
    void aBodyEndsWhenItIsReadOrClosedOrBreaksOff() throws IOException {
        InputStream read = body(new ByteArrayInputStream(new byte[3]));
        assertThat(read.read()).isZero();
        assertThat(load.inFlight()).isEqualTo(1);
        assertThat(read.readAllBytes()).hasSize(2);
        assertThat(load.inFlight()).isZero();

        InputStream closed = body(new ByteArrayInputStream(new byte[3]));
        closed.close();
        assertThat(load.inFlight()).isZero();

        InputStream broken = body(new InputStream() {
            @Override
            public int read() throws IOException {
                throw new IOException("broken");
            }
        });
        assertThatThrownBy(broken::read).hasMessage("broken");
        assertThat(load.inFlight()).isZero();
        assertThat(load.history().failures()).isZero();
    }

    private InputStream body(InputStream body) {
        CountedCall call =
                new CountedCall(load.start(), Failures.DEFAULTS, ENDPOINT.address(), CountedCall.Listener.NONE);
        call.answered(200, reader);
        return new CountedBody(body, call, reader);
    }

    private Call answered() {
        Call call = load.start();
        clock.pass(Duration.ofMillis(10));
        call.answered(true, reader);
        return call;
    }
}
