package io.github.zklb.registration;

import io.github.zklb.Endpoint;
import io.github.zklb.Message;
import io.github.zklb.codec.Printable;
import io.github.zklb.membership.Worker;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.api.BackgroundCallback;
import org.apache.curator.framework.api.CuratorEvent;
import org.apache.curator.framework.api.CuratorWatcher;
import org.apache.curator.framework.imps.CuratorFrameworkState;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.KeeperException.Code;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.apache.zookeeper.data.Stat;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One ephemeral node that is brought to what was asked for last: there with some data, or gone. It looks at the node, makes
 * the one request that is missing, and looks again; there is never more than one request under way, so none can overtake
 * another, however long ZooKeeper is away. Used by the registry's worker only.
 */
final class EndpointRegistration {

    private static final Logger log = LoggerFactory.getLogger(ZooKeeperEndpointRegistry.class);
    private static final Set<Code> PASSING = Set.of(
            Code.CONNECTIONLOSS, Code.OPERATIONTIMEOUT, Code.SESSIONEXPIRED, Code.SESSIONMOVED, Code.REQUESTTIMEOUT);
    private static final Set<Code> OVERTAKEN = Set.of(Code.OK, Code.NONODE, Code.NODEEXISTS, Code.BADVERSION);

    private final CuratorFramework client;
    private final Worker worker;
    private final String path;
    private final Runnable over;
    private final CuratorWatcher watcher = event -> changed(event.getType());
    private final Retry retry;

    private @Nullable Content wanted;
    private @Nullable Content written;

    /** What whoever asked last waits for. */
    private CompletableFuture<Boolean> awaited = CompletableFuture.completedFuture(true);

    private long owner = -1;
    private boolean mayTakeOver;
    private boolean underWay;
    private boolean again;
    private boolean told;
    private boolean stopped;

    /** A registration of which nothing is known. It calls {@code over} when the node is gone, or was never there. */
    EndpointRegistration(CuratorFramework client, Worker worker, String path, Runnable over) {
        this.client = client;
        this.worker = worker;
        this.path = path;
        this.over = over;
        this.retry = new Retry(worker, this::look);
    }

    /** The endpoint that was asked for last, unless that has failed; null if the node is to go. */
    @Nullable Endpoint endpoint() {
        return wanted == null ? null : wanted.endpoint;
    }

    /** Asks for the node with some content, whoever has it now. */
    CompletableFuture<Boolean> register(Content content) {
        mayTakeOver = true;
        return want(content, "it is replaced by another registration under the same id");
    }

    /** Asks for the node to go, unless it is another's. */
    CompletableFuture<Boolean> remove(String reason) {
        return want(null, reason);
    }

    private CompletableFuture<Boolean> want(@Nullable Content content, String reason) {
        end(reason);
        wanted = content;
        CompletableFuture<Boolean> next = new CompletableFuture<>();
        awaited = next;
        look();
        return next;
    }

    /** Asks ZooKeeper for nothing more, and ends what waits. */
    void stop(String reason) {
        stopped = true;
        retry.clear();
        end(reason);
    }

    private void end(String reason) {
        awaited.completeExceptionally(new IllegalStateException(Printable.of(path) + ": " + reason));
    }

    /** Has Curator remove the node as soon as it can, whatever becomes of this object. */
    void abandon(String reason) {
        stop(reason);
        run(() -> client.delete().guaranteed().inBackground().forPath(path));
    }

    /** Looks whether the node is as it should be, for it may not be so any more. */
    void look() {
        retry.clear();
        again = underWay;
        if (underWay || stopped) {
            return;
        }
        boolean stays = wanted != null && wanted == written; // else the watch could outlive the registration
        request(
                callback -> {
                    if (stays) {
                        client.checkExists()
                                .usingWatcher(watcher)
                                .inBackground(callback, worker)
                                .forPath(path);
                    } else {
                        client.checkExists().inBackground(callback, worker).forPath(path);
                    }
                },
                event -> seen(Code.get(event.getResultCode()), event.getStat()));
    }

    private void seen(Code code, @Nullable Stat stat) {
        Content content = wanted;
        long holder = stat == null ? 0 : stat.getEphemeralOwner(); // 0 is nobody's session
        boolean ours = holder != 0 && (holder == session() || holder == owner);
        if (code != Code.OK && code != Code.NONODE) {
            failed(KeeperException.create(code, path));
        } else if (content == null) {
            removeOr(ours, stat);
        } else if (stat == null) {
            write(
                    callback -> client.create()
                            .creatingParentContainersIfNeeded()
                            .withMode(CreateMode.EPHEMERAL)
                            .inBackground(callback, worker)
                            .forPath(path, content.data),
                    content);
        } else if (holder == 0 || holder != session()) {
            takeOver(ours, stat);
        } else if (content == written) { // it is the same object
            settled(stat);
        } else {
            write(callback -> client.setData().inBackground(callback, worker).forPath(path, content.data), content);
        }
    }

    private void removeOr(boolean ours, @Nullable Stat stat) {
        if (ours && stat != null) {
            delete(stat);
        } else {
            awaited.complete(true);
            finish();
        }
    }

    /** A node of an earlier session of ours is ours; that of another process only goes when somebody has just registered here. */
    private void takeOver(boolean ours, Stat stat) {
        if (ours || mayTakeOver) {
            delete(stat);
        } else if (!told) {
            told = true;
            log.warn(
                    Message.REPLACED_BY_ANOTHER_PROCESS.of(
                            "{} was replaced by another process; it is registered again when that one is gone"),
                    Printable.of(path));
        }
    }

    private void settled(Stat stat) {
        owner = stat.getEphemeralOwner();
        mayTakeOver = false;
        told = false;
        retry.succeeded();
        awaited.complete(true);
    }

    private void delete(Stat stat) {
        request(
                callback -> client.delete()
                        .withVersion(stat.getVersion())
                        .inBackground(callback, worker)
                        .forPath(path),
                event -> done(Code.get(event.getResultCode())));
    }

    private void write(Request request, Content content) {
        request(request, event -> {
            Code code = Code.get(event.getResultCode());
            written = code == Code.OK ? content : written;
            if (content.breaksTheConnection(code) && content == wanted) {
                again = false; // a reconnection makes it look again, but it would only break the connection again
                failed(content.tooLarge(path));
            } else {
                done(code);
            }
        });
    }

    private void done(Code code) {
        if (OVERTAKEN.contains(code)) {
            look();
        } else {
            failed(KeeperException.create(code, path));
        }
    }

    /** What passes is tried again; so is what nobody waits for. Of anything else whoever waits is told, and it is left. */
    private void failed(Exception reason) {
        boolean passes = reason instanceof KeeperException known && PASSING.contains(known.code());
        boolean isRefused = !passes && reason instanceof KeeperException; // else the node may be there all the same
        if (again) {
            return; // something else has been asked for meanwhile
        }
        if (!passes && !awaited.isDone()) {
            wanted = written;
            mayTakeOver = false;
            awaited.completeExceptionally(reason);
        } else if (!passes && !told) {
            told = true;
            log.warn(
                    Message.NOT_REGISTERED_ANY_MORE.of("{} is not registered any more; it is tried again"),
                    Printable.of(path),
                    reason);
        }
        if (isRefused && wanted == null && awaited.isDone()) {
            finish();
        } else {
            retry.failed();
        }
    }

    /** Another object may have the path from now on: what its node does is nothing to this one. */
    private void finish() {
        stopped = true;
        over.run();
    }

    private void changed(EventType type) {
        if (type != EventType.None) {
            worker.execute(this::look);
        }
    }

    private long session() {
        try {
            return client.getZookeeperClient().getZooKeeper().getSessionId();
        } catch (Exception e) {
            return -1;
        }
    }

    private interface Request {
        void send(BackgroundCallback callback) throws Exception;
    }

    private interface Attempt {
        void run() throws Exception;
    }

    private void request(Request request, Consumer<CuratorEvent> answer) {
        underWay = true;
        boolean sent = run(() -> request.send((of, event) -> {
            underWay = false;
            if (!stopped) {
                answer.accept(event);
            }
            if (again && !underWay) {
                look();
            }
        }));
        if (!sent) {
            underWay = false;
            if (client.getState() == CuratorFrameworkState.STOPPED) {
                stop("the ZooKeeper client is closed");
            } else {
                retry.failed();
            }
        }
    }

    private boolean run(Attempt attempt) {
        try {
            attempt.run();
            return true;
        } catch (Exception e) {
            log.debug("{} cannot be asked for", Printable.of(path), e);
            return false;
        }
    }
}
