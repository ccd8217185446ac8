package io.github.zklb.policy;

import java.io.Serial;
import java.time.Instant;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Writes overlays where clients read them. Waits for a few seconds at most. Thread-safe. */
public interface OverlayWriter {

    /** The version of a node that is not there. */
    int ABSENT = -1;

    /**
     * A node that was written.
     *
     * @param version its version now
     * @param from the moment from which its time counts
     */
    record Written(int version, Instant from) {}

    /**
     * Writes a node.
     *
     * @param expectedVersion the version that is to be replaced, {@value #ABSENT} if there is to be none; null for any
     * @param content what to write, if its time begins at a moment
     * @throws NotWrittenException if it is not written, or nobody knows
     */
    Written write(String serviceId, String name, @Nullable Integer expectedVersion, Function<Instant, byte[]> content)
            throws NotWrittenException;

    /**
     * Deletes a node.
     *
     * @param expectedVersion the version that is to be deleted; null for any
     * @throws NotWrittenException if it is not deleted, or nobody knows
     */
    void delete(String serviceId, String name, @Nullable Integer expectedVersion) throws NotWrittenException;

    /** Why nothing is written. The message says the remedy, and is safe in a log. */
    final class NotWrittenException extends Exception {

        @Serial
        private static final long serialVersionUID = 1L;

        private final Why why;

        /** What is the case. */
        public enum Why {
            /** Another version is there than was expected. */
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
