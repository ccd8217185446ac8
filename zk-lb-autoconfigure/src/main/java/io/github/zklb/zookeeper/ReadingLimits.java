package io.github.zklb.zookeeper;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** What all that reads over one connection keeps to, so that neither one client nor many overrun ZooKeeper. Thread-safe. */
public interface ReadingLimits {

    /**
     * Sends a request as soon as the client has room for it; those of one thread in their order.
     *
     * @param bytes how long the content of the answer will be, about
     * @param request sends it; the future ends with the answer, or with ZooKeeper's exception
     * @return ends with the future, or if that takes too long from the sending on
     */
    <T> CompletableFuture<T> send(int bytes, Supplier<CompletableFuture<T>> request);

    /**
     * The time over which readings after a reconnection are spread, by what this client has to read.
     *
     * @param atLeast the shortest time, unless the settings have a shorter one
     */
    Duration spread(Duration atLeast);
}
