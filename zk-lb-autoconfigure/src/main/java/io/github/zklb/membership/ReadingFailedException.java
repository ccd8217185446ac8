package io.github.zklb.membership;

import java.io.Serial;

/** Says that a reading came to nothing in a way that decides when to read again. Any other error is one that may pass. */
public final class ReadingFailedException extends Exception {

    @Serial
    private static final long serialVersionUID = 1L;

    private final Kind kind;

    /** A failure, whose message is safe in a log. */
    public ReadingFailedException(Kind kind, String message) {
        super(message, null, false, false);
        this.kind = kind;
    }

    /** What a reading fails by. */
    public enum Kind {
        /** The connection ended while answers were under way. */
        CONNECTION_LOST,
        /** ZooKeeper refuses the client's authentication. */
        AUTHENTICATION_REFUSED,
        /** The list of children is too large for this client: soon is not the time to ask again. */
        LIST_TOO_LARGE
    }

    /** What the reading failed by. */
    public Kind kind() {
        return kind;
    }
}
