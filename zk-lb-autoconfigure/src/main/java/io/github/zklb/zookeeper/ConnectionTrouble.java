package io.github.zklb.zookeeper;

import io.github.zklb.Message;
import io.github.zklb.codec.Printable;
import io.github.zklb.membership.Worker.Alarm;
import io.github.zklb.membership.WorkerThread;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.api.CuratorEvent;
import org.apache.curator.framework.api.CuratorEventType;
import org.apache.curator.framework.api.CuratorListener;
import org.apache.curator.framework.listen.Listenable;
import org.apache.zookeeper.Watcher.Event.KeeperState;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.client.ConnectStringParser;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out why there is no connection, as far as it can be told: ZooKeeper refuses the client's authentication, which
 * Curator reports to nobody, or TLS fails. Looks once after a session is lost, after a random time and at one server, so that
 * the clients of a fleet are no storm of handshakes; again, less and less often, only as long as it has found nothing. Has a
 * thread of its own from the first look on, since looking takes time. Thread-safe.
 */
public final class ConnectionTrouble implements AutoCloseable {

    private static final Duration LOOK_AGAIN = Duration.ofSeconds(15);
    private static final Duration FIRST_LOOK_WITHIN = Duration.ofSeconds(1);
    private static final Duration LOOK_WITHIN = Duration.ofSeconds(5);
    private static final int MOST_DOUBLINGS = 6;

    /** ZooKeeper takes the connection before it looks at the authentication, and ends it then if it refuses that. */
    private static final Duration ACCEPTED_AFTER = Duration.ofSeconds(1);

    private static final Logger log = LoggerFactory.getLogger(ConnectionTrouble.class);
    private static final String REFUSED = Message.REFUSES_THIS_CLIENTS_AUTHENTICATION.of(
            "it refuses this client's authentication (AUTHFAILED); check the scheme and the secret in zk-lb.zookeeper.auth");

    private final CuratorFramework client;
    private final ClientSecurity security;
    private final Runnable changed;
    private final Random random = new Random();
    private final WorkerThread thread = new WorkerThread("zk-lb-connection");
    private final Alarm again = new Alarm(thread, this::look);
    private final Alarm acceptance = new Alarm(thread, this::accepted);
    private final CuratorListener listener = (of, event) -> watched(event);
    private volatile @Nullable String words;
    private @Nullable String logged;
    private long refusedNanos;
    private int looks;

    /**
     * Looks soon if there is no connection.
     *
     * @param client the client; it stays the caller's
     * @param changed told on that thread when there is something new to say, or nothing any more
     */
    public ConnectionTrouble(CuratorFramework client, ClientSecurity security, Runnable changed) {
        this.client = client;
        this.security = security;
        this.changed = changed;
        events().ifPresent(events -> events.addListener(listener));
        if (!client.getZookeeperClient().isConnected()) {
            lookWithin(FIRST_LOOK_WITHIN);
        }
    }

    /** What is known to hinder the connection, in words that are safe in a log. */
    public Optional<String> words() {
        return Optional.ofNullable(words);
    }

    /** The session is lost: looks why, soon. */
    public void lost() {
        lookWithin(LOOK_WITHIN);
    }

    private void lookWithin(Duration atMost) {
        thread.execute(() -> {
            looks = 0;
            again.setFor(thread.nanoTime() + random.nextLong(atMost.toNanos()));
        });
    }

    @Override
    public void close() {
        events().ifPresent(events -> events.removeListener(listener));
        thread.close();
    }

    /** The events of the client, which Curator does not give to a view of it with another namespace. */
    private Optional<Listenable<CuratorListener>> events() {
        try {
            return Optional.of(client.getCuratorListenable());
        } catch (UnsupportedOperationException e) {
            return Optional.empty();
        }
    }

    /** Called on ZooKeeper's event thread, for every event of the client: all but two end here. */
    private void watched(CuratorEvent event) {
        if (event.getType() != CuratorEventType.WATCHED) {
            return;
        }
        KeeperState state = event.getWatchedEvent().getState();
        if (state == KeeperState.AuthFailed) {
            thread.execute(this::refused);
        } else if (state == KeeperState.SyncConnected && words != null) {
            thread.execute(this::connected);
        }
    }

    private void refused() {
        acceptance.clear();
        refusedNanos = thread.nanoTime();
        say(REFUSED);
        again.clear();
        again.setFor(refusedNanos + LOOK_AGAIN.toNanos());
    }

    private void connected() {
        if (REFUSED.equals(words)) {
            changed.run(); // Curator may not have posted it.
        }
        acceptance.setFor(thread.nanoTime() + ACCEPTED_AFTER.toNanos());
    }

    private void accepted() {
        if (client.getZookeeperClient().isConnected()) {
            words = null;
        }
    }

    private void look() {
        again.clear();
        if (client.getZookeeperClient().isConnected()) {
            acceptance.setFor(thread.nanoTime() + ACCEPTED_AFTER.toNanos());
            return;
        }
        try {
            if (client.getZookeeperClient().getZooKeeper().getState() == ZooKeeper.States.AUTH_FAILED) {
                refused();
                // Such a handle is dead, and nobody replaces it.
                client.getZookeeperClient().reset();
                return;
            }
            if (!isRefusalRecent()) {
                tlsTrouble().ifPresentOrElse(this::say, () -> words = null);
            }
        } catch (Exception e) {
            log.debug("Why there is no connection could not be found out", e);
        }
        if (words == null || REFUSED.equals(words)) {
            long wait = LOOK_AGAIN.toNanos() << Math.min(looks++, MOST_DOUBLINGS);
            again.setFor(thread.nanoTime() + wait - random.nextLong(wait / 2));
        }
    }

    /** Whether a new handle is on its way to the answer that the last one got. */
    private boolean isRefusalRecent() {
        return REFUSED.equals(words) && thread.nanoTime() - refusedNanos < LOOK_AGAIN.toNanos();
    }

    private Optional<String> tlsTrouble() {
        ClientTls tls = security.tls();
        if (tls == null) {
            return Optional.empty();
        }
        List<InetSocketAddress> servers =
                new ConnectStringParser(client.getZookeeperClient().getCurrentConnectionString()).getServerAddresses();
        InetSocketAddress any = servers.get(random.nextInt(servers.size()));
        return tls.trouble(any.getHostString(), any.getPort());
    }

    private void say(String found) {
        words = found;
        if (!found.equals(logged)) {
            logged = found;
            log.warn(
                    "{}",
                    Message.CANNOT_BE_USED.of("ZooKeeper at "
                            + Printable.of(client.getZookeeperClient().getCurrentConnectionString())
                            + " cannot be used: " + found));
        }
        changed.run();
    }
}
