package io.github.zklb.membership;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.github.zklb.HostSet;
import io.github.zklb.membership.Causes.StateLines;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.membership.Publisher.StateLog;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What an operator reads of a service whose state changes. */
class StateLogTest {

    private final ManualWorker worker = new ManualWorker();
    private final StateLines all = new StateLines(worker);
    private final StateLog log = new StateLog(worker, "orders", all);
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
    void aStartWithoutAnAnswerIsALineOnlyIfItLasts() {
        begins(log, "silent");
        StateLog other = new StateLog(worker, "billing", all);
        begins(other, "service billing is not loaded: silent");
        worker.pass(Duration.ofSeconds(4));
        assertThat(lines()).isEmpty();
        becomes(State.SYNCED, "fine");
        worker.pass(Duration.ofMinutes(5));
        assertThat(lines()).containsExactly("INFO fine", "WARN service billing is not loaded: silent");
    }

    @Test
    void aStartOfManyServicesWithoutAnAnswerIsTwoLines() {
        for (String id : List.of("a", "b", "c")) {
            begins(new StateLog(worker, id, all), "service " + id + " is not loaded: silent");
        }
        worker.pass(Duration.ofMinutes(5));
        assertThat(lines())
                .containsExactly(
                        "WARN service a is not loaded: silent", "WARN 2 services (b, c) are not loaded: silent");
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

    @Test
    void anOutageOfManyServicesIsOneLineAndSoIsItsEnd() {
        List<String> ids =
                IntStream.range(0, 12).mapToObj("service-%02d"::formatted).toList();
        Map<String, StateLog> logs = new LinkedHashMap<>();
        ids.forEach(id -> logs.put(id, new StateLog(worker, id, all)));
        logs.forEach((id, each) -> becomes(each, State.SYNCED, id + " is watched"));
        logs.forEach((id, each) -> becomes(each, State.STALE, "service " + id + " may be out of date: silent"));
        worker.pass(Duration.ofMinutes(5));
        logs.forEach((id, each) -> becomes(each, State.SYNCED, id + " is watched"));
        worker.pass(Duration.ofMinutes(5));
        String names = String.join(", ", ids.subList(0, 10));
        assertThat(lines().subList(12, lines().size()))
                .containsExactly(
                        "WARN 12 services (" + names + ", …) may be out of date: silent",
                        "INFO 12 services (" + names + ", …) are up to date again");
    }

    @Test
    void ofSeveralServicesThoseThatBlinkAreNotNamed() {
        StateLog blinking = new StateLog(worker, "blinking", all);
        becomes(State.SYNCED, "fine");
        becomes(blinking, State.SYNCED, "fine, too");
        worker.pass(Duration.ofMinutes(2));
        becomes(blinking, State.STALE, "silent");
        becomes(blinking, State.SYNCED, "fine, too");
        becomes(State.STALE, "service orders may be out of date: silent");
        worker.pass(Duration.ofSeconds(1));
        assertThat(lines())
                .containsExactly("INFO fine", "INFO fine, too", "WARN service orders may be out of date: silent");
    }

    private static void begins(StateLog of, String cause) {
        of.begins(new Membership(HostSet.EMPTY, State.LOADING, cause, ManualWorker.START, 0));
    }

    private void becomes(State state, String cause) {
        becomes(log, state, cause);
    }

    private static void becomes(StateLog of, State state, String cause) {
        of.published(new Membership(HostSet.EMPTY, state, cause, ManualWorker.START, 1));
    }

    private List<String> lines() {
        return lines.list.stream()
                .map(event -> event.getLevel() + " " + event.getFormattedMessage())
                .toList();
    }
}
