package io.github.zklb.policy;

import java.io.Serial;
import java.time.Instant;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Writes overlays where clients read them. Waits for a few seconds at most. Thread-safe. */
public interface OverlayWriter {

    /** The version of a node that is not there. */
    long ABSENT = -1;

    /**
     * What is to be written. Both are told the moment from which its time counts.
     *
     * @param content what is to stand in the node
     * @param over which nodes, with their versions, may be deleted to make room for it, since their time is over
     */
    record Draft(Function<Instant, byte[]> content, Function<Instant, Map<String, Long>> over) {}

    /**
     * A node that was written.
     *
     * @param version its version now, which no other content of any node has
     * @param from the moment from which its time counts
     */
    record Written(long version, Instant from) {}

    /**
     * Writes a node.
     *
     * @param expectedVersion the version that is to be replaced, {@value #ABSENT} if there is to be none; null for any that has
     *     nothing but what a draft can have
     * @throws NotWrittenException if it is not written, or nobody knows
     */
    Written write(String serviceId, String name, @Nullable Long expectedVersion, Draft draft)
            throws NotWrittenException;

    /**
     * Deletes a node.
     *
     * @param expectedVersion the version that is to be deleted; null for any that has nothing but what a draft can have
     * @throws NotWrittenException if it is not deleted, or nobody knows
     */
    void delete(String serviceId, String name, @Nullable Long expectedVersion) throws NotWrittenException;

    /**
     * Whether everybody may write the overlays of a service.
     *
     * @throws NotWrittenException if that is not known
     */
    boolean isOpen(String serviceId) throws NotWrittenException;

    /** Why nothing is written. The message says the remedy, and is safe in a log. */
    final class NotWrittenException extends Exception {

        @Serial
        private static final long serialVersionUID = 1L;

        private final Why why;

        /** What is the case. */
        public enum Why {
            /** Something else is there than was expected. */
            CONFLICT,
            /** There is nothing to delete. */
            ABSENT,
            /** This application may not. */
            FORBIDDEN,
            /** ZooKeeper does not answer. */
            UNAVAILABLE
        }

        /** For a reason, in a sentence. */
        public NotWrittenException(Why why, String message) {
            super(message);
            this.why = why;
        }

        /** What is the case. */
        public Why why() {
            return why;
        }
    }
}
