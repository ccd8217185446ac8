package io.github.zklb.registration;

import io.github.zklb.codec.Printable;
import io.github.zklb.membership.Worker;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.nodes.PersistentNode;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException.Code;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One ephemeral node that is kept in ZooKeeper, with the data that was asked for last. Curator's recipe creates it again
 * after a lost session; this class adds a way to replace the data at any time, and to know when it is there. Used by the
 * registry's worker only.
 */
final class EndpointRegistration {

    private static final Logger log = LoggerFactory.getLogger(ZooKeeperEndpointRegistry.class);
    private static final Duration LONGEST_POLL = Duration.ofSeconds(1);

    private final CuratorFramework client;
    private final Worker worker;
    private final String path;
    private final PersistentNode node;
    private byte[] wanted;
    private boolean closed;

    EndpointRegistration(CuratorFramework client, Worker worker, String path, byte[] data) {
        this.client = client;
        this.worker = worker;
        this.path = path;
        this.wanted = data;
        this.node = new PersistentNode(client, CreateMode.EPHEMERAL, false, path, data);
        node.start();
    }

    /** Asks for data, and completes the future when the node is there with the data that is wanted by then. */
    void write(byte[] data, CompletableFuture<Void> written) {
        wanted = data;
        poll(Duration.ofMillis(5), written);
    }

    private void poll(Duration wait, CompletableFuture<Void> written) {
        if (closed) {
            written.cancel(false);
        } else if (isCreated() && write()) {
            confirm(Code.OK, () -> written.complete(null), () -> pollLater(wait, written));
        } else {
            pollLater(wait, written);
        }
    }

    private void pollLater(Duration wait, CompletableFuture<Void> written) {
        Duration next = wait.multipliedBy(2);
        worker.schedule(() -> poll(next.compareTo(LONGEST_POLL) > 0 ? LONGEST_POLL : next, written), wait);
    }

    /** The recipe has no signal for a node that was there before, but it can be asked without waiting. */
    private boolean isCreated() {
        try {
            return node.waitForInitialCreate(0, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private boolean write() {
        try {
            if (!Arrays.equals(node.getData(), wanted)) {
                node.setData(wanted);
            }
            return true;
        } catch (Exception e) {
            log.debug("{} was not written", Printable.of(path), e);
            return false;
        }
    }

    /**
     * Removes the node. Waits for ZooKeeper; when it does not answer, Curator goes on trying in the background.
     *
     * @return whether the node is gone
     */
    boolean remove() {
        closed = true;
        try {
            node.close();
            return true;
        } catch (IOException e) {
            log.warn("{} is not removed yet: ZooKeeper does not answer", Printable.of(path), e);
            return false;
        }
    }

    /** Completes the future when the node is gone. */
    void awaitGone(CompletableFuture<Boolean> gone) {
        confirm(Code.NONODE, () -> gone.complete(true), () -> worker.schedule(() -> awaitGone(gone), LONGEST_POLL));
    }

    /** Requests of a session are answered in their order: an answer to this one follows all that was written before. */
    private void confirm(Code expected, Runnable confirmed, Runnable otherwise) {
        try {
            client.checkExists()
                    .inBackground(
                            (of, event) -> (event.getResultCode() == expected.intValue() ? confirmed : otherwise).run(),
                            worker)
                    .forPath(path);
        } catch (Exception e) {
            otherwise.run();
        }
    }
}
