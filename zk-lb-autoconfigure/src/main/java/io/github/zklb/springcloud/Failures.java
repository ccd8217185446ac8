package io.github.zklb.springcloud;

import io.github.zklb.resilience.Call;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.function.IntPredicate;
import java.util.stream.Stream;

/**
 * Which ends of a call speak against the endpoint. Any other response is a success of the endpoint, so is a 4xx; any other
 * error is the caller's own, and says nothing of it.
 *
 * @param statuses the HTTP statuses that do
 * @param errors the types of the errors that do, be it as a cause
 */
record Failures(IntPredicate statuses, List<Class<? extends Throwable>> errors) {

    /** A status of 500 or above, a connection that is refused or breaks off, and a time-out. */
    static final Failures DEFAULTS =
            new Failures(status -> status >= 500, List.of(IOException.class, TimeoutException.class));

    /** Causes further down are not looked at: a chain of causes can be a circle. */
    private static final int DEEPEST_CAUSE = 16;

    /** These failures, and errors of one more type. */
    Failures and(Class<? extends Throwable> error) {
        return new Failures(
                statuses, Stream.concat(errors.stream(), Stream.of(error)).toList());
    }

    /** Ends a call that brought a response. */
    void end(Call call, int status) {
        if (statuses.test(status)) {
            call.failed();
        } else {
            call.succeeded();
        }
    }

    /** Ends a call that brought none. */
    void end(Call call, Throwable error) {
        Throwable cause = error;
        for (int depth = 0; cause != null && depth < DEEPEST_CAUSE; depth++) {
            for (Class<? extends Throwable> type : errors) {
                if (type.isInstance(cause)) {
                    call.failed();
                    return;
                }
            }
            cause = cause.getCause();
        }
        call.cancelled();
    }
}
