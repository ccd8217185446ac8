package io.github.zklb.actuate.overlays;

import static io.github.zklb.actuate.overlays.RefusedRequestException.UNAVAILABLE;

import io.github.zklb.Message;
import io.github.zklb.codec.Printable;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.policy.OverlayWriter;
import io.github.zklb.policy.OverlayWriter.NotWrittenException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes overlays one after another: each is judged by what has come of the one before, and is done when this application has
 * read it. Tells the log before and after each. Thread-safe.
 */
final class OverlayWrites {

    private static final Logger log = LoggerFactory.getLogger(ZkLbOverlaysEndpoint.class);
    private static final Duration LONGEST = Duration.ofSeconds(5);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(10);

    private final OverlayWriter writer;
    private final ReentrantLock one = new ReentrantLock();

    OverlayWrites(OverlayWriter writer) {
        this.writer = writer;
    }

    /** What is proposed when it is this one's turn. */
    interface Proposing {

        OverlayProposal now() throws RefusedRequestException;
    }

    private interface Step<T> {

        T at(long end) throws RefusedRequestException, NotWrittenException;
    }

    private <T> T inTurn(Step<T> step) throws RefusedRequestException, NotWrittenException {
        long end = System.nanoTime() + LONGEST.toNanos();
        if (!await(end, one::tryLock)) {
            throw new RefusedRequestException(
                    UNAVAILABLE,
                    Message.NOT_POSSIBLE_NOW.of(
                            "other overlays are still being written: nothing is written, ask again"));
        }
        try {
            return step.at(end);
        } finally {
            one.unlock();
        }
    }

    OverlayAnswer.Written write(ServiceEngine engine, @Nullable Long expected, Proposing proposing)
            throws RefusedRequestException, NotWrittenException {
        return inTurn(end -> {
            awaitKnown(engine, end);
            OverlayProposal proposal = proposing.now();
            proposal.requireRoom(engine);
            OverlayWriter.Written written = written(engine, expected, proposal);
            await(end, () -> proposal.isRead(engine, written.version()));
            return proposal.written(engine, written, warnings(engine.serviceId()));
        });
    }

    private OverlayWriter.Written written(ServiceEngine engine, @Nullable Long expected, OverlayProposal proposal)
            throws NotWrittenException {
        String serviceId = engine.serviceId();
        String name = proposal.draft().name();
        String author = Printable.of(proposal.draft().author());
        log.info(
                "service {}: the overlay {} is to be written by {}: {} for {}{}",
                Printable.of(serviceId),
                name,
                author,
                proposal.counting().what(),
                proposal.ttl(),
                proposal.counting().why());
        OverlayWriter.Written written = told(
                serviceId,
                name,
                "written",
                author,
                () -> writer.write(serviceId, name, expected, proposal.content(engine)));
        log.info(
                "service {}: the overlay {} is written by {}: {} until {}{}",
                Printable.of(serviceId),
                name,
                author,
                proposal.counting().what(),
                written.from().plus(proposal.ttl()),
                proposal.counting().why());
        return written;
    }

    void delete(@Nullable ServiceEngine engine, String serviceId, String name, @Nullable Long expected, String author)
            throws RefusedRequestException, NotWrittenException {
        inTurn(end -> {
            String by = Printable.of(author);
            log.info("service {}: the overlay {} is to be deleted by {}", Printable.of(serviceId), name, by);
            told(serviceId, name, "deleted", by, () -> {
                writer.delete(serviceId, name, expected);
                return name;
            });
            log.info("service {}: the overlay {} is deleted by {}", Printable.of(serviceId), name, by);
            return engine == null || await(end, () -> OverlayProposal.standing(engine, name) == null);
        });
    }

    private interface Writing<T> {

        T done() throws NotWrittenException;
    }

    /** Tells of what fails, too: what nobody knows the end of may have been done. */
    private static <T> T told(String serviceId, String name, String done, String author, Writing<T> writing)
            throws NotWrittenException {
        try {
            return writing.done();
        } catch (NotWrittenException | RuntimeException e) {
            log.info(
                    "service {}: the overlay {} is not {} by {}, or nobody knows: {}",
                    Printable.of(serviceId),
                    name,
                    done,
                    author,
                    e.getMessage());
            throw e;
        }
    }

    /** What operators should know of a service whose overlays they write. */
    List<String> warnings(String serviceId) {
        try {
            return writer.isOpen(serviceId)
                    ? List.of("everybody may write the overlays of this service, by the ACL of its directory in"
                            + " ZooKeeper: let only operators and this application")
                    : List.of();
        } catch (NotWrittenException e) {
            return List.of(); // nobody knows
        }
    }

    /** Waits until it is known what overlays there are. */
    void requireKnown(ServiceEngine engine) throws RefusedRequestException {
        awaitKnown(engine, System.nanoTime() + LONGEST.toNanos());
    }

    private static void awaitKnown(ServiceEngine engine, long end) throws RefusedRequestException {
        if (!await(end, engine::overlaysAreKnown)) {
            throw new RefusedRequestException(
                    UNAVAILABLE,
                    Message.NOT_POSSIBLE_NOW.of(
                            "this application has not read the overlays that there are, so that it cannot tell what would come"
                                    + " of another one: ask again"));
        }
    }

    /** Looks again and again: nobody tells of a reading that finds nothing. */
    private static boolean await(long end, BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            if (end - System.nanoTime() <= 0 || Thread.currentThread().isInterrupted()) {
                return false;
            }
            LockSupport.parkNanos(LOOK_AGAIN.toNanos());
        }
        return true;
    }
}
