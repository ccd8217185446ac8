package io.github.zklb.springcloud;

import java.io.Serial;

/** Says why there is no instance for a call. The stock balancer throws its supertype for the same reason. */
public final class NoInstanceException extends IllegalStateException {

    @Serial
    private static final long serialVersionUID = 1L;

    public NoInstanceException(String message) {
        super(message);
    }
}
