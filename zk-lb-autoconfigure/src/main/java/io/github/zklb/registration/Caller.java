package io.github.zklb.registration;

import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Whoever asked for a registration last, and waits for it at most once. Used by the registry's worker only. */
final class Caller {

    private @Nullable CompletableFuture<Boolean> waiting;

    CompletableFuture<Boolean> waits() {
        CompletableFuture<Boolean> next = new CompletableFuture<>();
        waiting = next;
        return next;
    }

    boolean isWaiting() {
        return waiting != null;
    }

    void complete() {
        CompletableFuture<Boolean> ended = waiting;
        waiting = null;
        if (ended != null) {
            ended.complete(true);
        }
    }

    void fail(Exception reason) {
        CompletableFuture<Boolean> ended = waiting;
        waiting = null;
        if (ended != null) {
            ended.completeExceptionally(reason);
        }
    }
}
