package io.github.zklb.membership;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.github.zklb.HostSet;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.membership.Publisher.StateLog;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What an operator reads of a service whose state changes. */
class StateLogTest {

    private final ManualWorker worker = new ManualWorker();
    private final StateLog log = new StateLog(worker);
    private final Logger logger = (Logger) LoggerFactory.getLogger(ServiceMembership.class);
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

    @BeforeEach
    void listen() {
        lines.start();
        logger.addAppender(lines);
    }

    @AfterEach
    void stopListening() {
        logger.detachAppender(lines);
    }

    @Test
    void aChangeOfStateIsOneLineAtOnce() {
        becomes(State.SYNCED, "fine");
        becomes(State.SYNCED, "fine, with another endpoint");
        becomes(State.STALE, "silent");
        becomes(State.SYNCED, "fine");
        assertThat(lines()).containsExactly("INFO fine", "WARN silent");
        worker.pass(Duration.ofMinutes(2));
        assertThat(lines()).containsExactly("INFO fine", "WARN silent", "INFO fine");
    }

    @Test
    void aStateThatRepeatsIsLoggedOnceAMinute() {
        for (int second = 0; second < 600; second++) {
            becomes(second % 2 == 0 ? State.SYNCED : State.STALE, second % 2 == 0 ? "fine" : "silent since " + second);
            worker.pass(Duration.ofSeconds(1));
        }
        assertThat(lines()).hasSizeBetween(10, 22);
        worker.pass(Duration.ofMinutes(1));
        assertThat(lines().get(lines().size() - 1)).isEqualTo("WARN silent since 599");
    }

    @Test
    void anotherCauseOfATroubleIsLoggedToo() {
        becomes(State.LOADING, "refused");
        becomes(State.LOADING, "jute.maxbuffer");
        becomes(State.LOADING, "jute.maxbuffer");
        worker.pass(Duration.ofMinutes(5));
        assertThat(lines()).containsExactly("WARN refused", "WARN jute.maxbuffer");
    }

    @Test
    void afterCloseNothingIsLogged() {
        becomes(State.STALE, "silent");
        becomes(State.STALE, "still silent");
        log.close();
        worker.pass(Duration.ofMinutes(5));
        assertThat(lines()).containsExactly("WARN silent");
    }

    private void becomes(State state, String cause) {
        log.published(new Membership(HostSet.EMPTY, state, cause, ManualWorker.START, 1));
    }

    private List<String> lines() {
        return lines.list.stream()
                .map(event -> event.getLevel() + " " + event.getFormattedMessage())
                .toList();
    }
}
