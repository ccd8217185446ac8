package io.github.zklb.zookeeper.membership;

import io.github.zklb.membership.MembershipSettings;
import io.github.zklb.membership.Worker;
import io.github.zklb.zookeeper.ReadingLimits;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.Code;
import org.jspecify.annotations.Nullable;

/**
 * What others keep to that read over the same connection as the memberships: one budget of requests and bytes, and one spread.
 *
 * @param requests what the client asks for; used on the worker only
 * @param spread the time for what the memberships read after a reconnection
 * @param settings how long an answer and a spread may take
 */
record ClientLimits(Worker worker, ClientRequests requests, Supplier<Duration> spread, MembershipSettings settings)
        implements ReadingLimits {

    @Override
    public <T> CompletableFuture<T> send(int bytes, Supplier<CompletableFuture<T>> request) {
        CompletableFuture<T> result = new CompletableFuture<>();
        worker.execute(() -> requests.send(bytes + NodeSizes.OVERHEAD, () -> send(request, result)));
        return result;
    }

    private <T> boolean send(Supplier<CompletableFuture<T>> request, CompletableFuture<T> result) {
        try {
            var unused = request.get().whenComplete((answer, failure) -> {
                Code code = failure instanceof KeeperException e ? e.code() : Code.OK;
                worker.execute(() -> requests.answered(code));
                end(result, answer, failure);
            });
            var unusedToo = result.orTimeout(settings.readTimeout().toNanos(), TimeUnit.NANOSECONDS);
            return true;
        } catch (RuntimeException | Error e) { // its place must be free again
            result.completeExceptionally(e);
            return false;
        }
    }

    private static <T> void end(CompletableFuture<T> result, T answer, @Nullable Throwable failure) {
        if (failure == null) {
            result.complete(answer);
        } else {
            result.completeExceptionally(failure);
        }
    }

    @Override
    public Duration spread(Duration atLeast) {
        Duration wanted = Collections.max(List.of(atLeast, spread.get()));
        return Collections.min(List.of(wanted, settings.reconnectSpread()));
    }
}
