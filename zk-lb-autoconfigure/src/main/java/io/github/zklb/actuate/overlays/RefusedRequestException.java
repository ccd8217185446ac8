package io.github.zklb.actuate.overlays;

import io.github.zklb.policy.OverlayWriter.NotWrittenException;
import java.io.Serial;

/** A request is not granted. The message says why, and the remedy. */
final class RefusedRequestException extends Exception {

    static final int BAD_REQUEST = 400;
    static final int FORBIDDEN = 403;
    static final int NOT_FOUND = 404;
    static final int CONFLICT = 409;
    static final int UNPROCESSABLE = 422;
    static final int UNAVAILABLE = 503;

    @Serial
    private static final long serialVersionUID = 1L;

    private final int status;

    RefusedRequestException(int status, String message) {
        super(message, null, false, false);
        this.status = status;
    }

    static RefusedRequestException of(NotWrittenException cause) {
        int status = switch (cause.why()) {
            case CONFLICT -> CONFLICT;
            case ABSENT -> NOT_FOUND;
            case FORBIDDEN -> FORBIDDEN;
            case UNAVAILABLE -> UNAVAILABLE;
        };
        return new RefusedRequestException(status, String.valueOf(cause.getMessage()));
    }

    /** The status of the response. */
    int status() {
        return status;
    }
}
