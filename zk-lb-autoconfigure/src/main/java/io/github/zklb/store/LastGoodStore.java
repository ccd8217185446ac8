package io.github.zklb.store;

import io.github.zklb.HostSet;
import io.github.zklb.codec.AllowList;
import io.github.zklb.codec.PercentEncoding;
import io.github.zklb.codec.Printable;
import io.github.zklb.membership.Membership;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.membership.Membership.Stored;
import io.github.zklb.membership.WorkerThread;
import io.github.zklb.store.StoreFormat.InvalidFileException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the last complete host set of each service in a file of its own, for an application that starts while ZooKeeper
 * is away. A thread of its own writes, each service at most once in {@link #INTERVAL}; no failure leaves this class but
 * as one WARN. Thread-safe.
 */
public final class LastGoodStore implements AutoCloseable {

    /** The least time between two writes of a service. */
    static final Duration INTERVAL = Duration.ofMillis(500);

    private static final Logger log = LoggerFactory.getLogger(LastGoodStore.class);
    private static final String PREFIX = "service-";
    private static final String SUFFIX = ".hosts";
    private static final int LONGEST_NAME = 180;
    private static final long LARGEST_FILE = 256L << 20;

    private final Path directory;
    private final WorkerThread writer = new WorkerThread("zk-lb-store");
    private final Map<String, Runnable> unwritten = new ConcurrentHashMap<>();
    private boolean failing;

    /**
     * A store in a directory, which is created with the first file.
     *
     * @param directory the directory, to which applications with other ensembles must not write
     */
    public LastGoodStore(Path directory) {
        this.directory = directory;
    }

    /** What is stored of a service, without the endpoints that are not allowed; empty if that is nothing of use. */
    public Optional<Stored> load(String serviceId, String path, AllowList allowed) {
        Path file = file(serviceId);
        try {
            if (Files.size(file) > LARGEST_FILE) {
                throw new InvalidFileException("it is larger than " + LARGEST_FILE + " bytes");
            }
            Stored stored = StoreFormat.decode(serviceId, path, Files.readAllBytes(file));
            HostSet hosts = stored.hosts().filter(allowed::admits);
            return hosts.isEmpty() ? Optional.empty() : Optional.of(new Stored(hosts, stored.confirmed()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException | InvalidFileException e) {
            log.warn(
                    "{} is ignored: {}; it is written anew as soon as ZooKeeper answers",
                    Printable.of(file.toString()),
                    Printable.of(String.valueOf(e.getMessage())));
            return Optional.empty();
        }
    }

    /** Stores soon what ZooKeeper says of a service; what is not ZooKeeper's whole word is not stored. */
    public void save(String serviceId, String path, Membership membership, Instant now) {
        if (membership.state() != State.SYNCED && membership.state() != State.ABSENT) {
            return;
        }
        Stored stored = new Stored(membership.hosts(), now);
        if (unwritten.put(serviceId, () -> write(serviceId, path, stored)) == null) {
            writer.schedule(() -> writeUnwritten(serviceId), INTERVAL);
        }
    }

    /** Writes what is not written yet, and ends the thread. */
    @Override
    public void close() {
        writer.execute(() -> unwritten.keySet().forEach(this::writeUnwritten));
        writer.close(Duration.ofSeconds(5));
    }

    /** Where a service is stored. The name has no character that any file system treats in its own way. */
    Path file(String serviceId) {
        String name = PercentEncoding.of(serviceId, LastGoodStore::isPlain).toLowerCase(Locale.ROOT);
        if (name.length() > LONGEST_NAME) {
            UUID unique = UUID.nameUUIDFromBytes(serviceId.getBytes(StandardCharsets.UTF_8));
            name = name.substring(0, LONGEST_NAME) + '_' + unique;
        }
        return directory.resolve(PREFIX + name + SUFFIX);
    }

    private static boolean isPlain(int c) {
        return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '.';
    }

    private void writeUnwritten(String serviceId) {
        Optional.ofNullable(unwritten.remove(serviceId)).ifPresent(Runnable::run);
    }

    private void write(String serviceId, String path, Stored stored) {
        Path file = file(serviceId);
        try {
            if (stored.hosts().isEmpty()) {
                Files.deleteIfExists(file);
            } else {
                OwnerOnlyFiles.createDirectories(directory);
                OwnerOnlyFiles.replace(file, StoreFormat.encode(serviceId, path, stored));
            }
            failing = false;
        } catch (IOException e) {
            if (!failing) {
                failing = true;
                log.warn(
                        "zk-lb.membership.store-directory: {} cannot be written ({}); nothing is kept for a start without"
                                + " ZooKeeper until it can be",
                        Printable.of(file.toString()),
                        Printable.of(e.toString()));
            }
        }
    }
}
