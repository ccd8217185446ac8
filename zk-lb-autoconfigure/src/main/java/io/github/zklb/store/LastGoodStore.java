package io.github.zklb.store;

import io.github.zklb.HostSet;
import io.github.zklb.Message;
import io.github.zklb.codec.AllowList;
import io.github.zklb.codec.PercentEncoding;
import io.github.zklb.codec.Printable;
import io.github.zklb.membership.Membership;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.membership.Membership.Stored;
import io.github.zklb.membership.Worker;
import io.github.zklb.membership.Worker.Alarm;
import io.github.zklb.membership.WorkerThread;
import io.github.zklb.store.StoreFormat.InvalidFileException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the last complete host set of each service in a file of its own, for an application that starts while ZooKeeper
 * is away. A thread of its own reads and writes, at most once in {@link #INTERVAL}; what cannot be written is tried again, and no
 * failure leaves this class but as one WARN. As long as ZooKeeper's word stands, a file says so anew from time to time.
 * Thread-safe.
 */
public final class LastGoodStore implements AutoCloseable {

    /** The least time between two writes. */
    static final Duration INTERVAL = Duration.ofMillis(500);

    /** The time after which a write that failed is tried again. */
    static final Duration RETRY = Duration.ofSeconds(10);

    /** The time after which a file is confirmed anew while nothing changes. */
    static final Duration CONFIRMATION = Duration.ofMinutes(5);

    /** The age from which on a temporary file is what a process left that ended while it wrote. */
    static final Duration LEFTOVER = Duration.ofMinutes(10);

    private static final Logger log = LoggerFactory.getLogger(LastGoodStore.class);
    private static final String PREFIX = "service-";
    private static final String SUFFIX = ".hosts";
    private static final int LONGEST_NAME = 180;
    private static final long LARGEST_FILE = 256L << 20;

    private final Path directory;
    private final Worker writer;
    private final Consumer<Duration> end;
    private final Alarm next;
    private final Alarm confirmation;
    private final Map<String, Kept> kept = new HashMap<>();
    private final Set<String> unwritten = new LinkedHashSet<>();
    private boolean failing;
    private boolean cleared;

    /**
     * What is to stand in a service's file.
     *
     * @param until when ZooKeeper ceased to confirm it, or null if it still does
     */
    private record Kept(
            String path, HostSet hosts, @Nullable Instant until) {}

    /**
     * A store in a directory, which is created with the first file.
     *
     * @param directory the directory, to which applications with other ensembles must not write
     */
    public LastGoodStore(Path directory) {
        this(directory, new WorkerThread("zk-lb-store"));
    }

    private LastGoodStore(Path directory, WorkerThread thread) {
        this(directory, thread, thread::close);
    }

    LastGoodStore(Path directory, Worker writer, Consumer<Duration> end) {
        this.directory = directory;
        this.writer = writer;
        this.end = end;
        this.next = new Alarm(writer, this::writeUnwritten);
        this.confirmation = new Alarm(writer, this::confirm);
    }

    /** What is stored of a service, without the endpoints that are not allowed; empty if that is nothing of use. */
    public CompletableFuture<Optional<Stored>> load(String serviceId, String path, AllowList allowed) {
        return CompletableFuture.supplyAsync(() -> read(serviceId, path, allowed), writer);
    }

    private Optional<Stored> read(String serviceId, String path, AllowList allowed) {
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
                    Message.A_STORED_LIST_THAT_IS_IGNORED.of(
                            "{} is ignored: {}; it is written anew as soon as ZooKeeper answers"),
                    Printable.of(file.toString()),
                    Printable.of(String.valueOf(e.getMessage())));
            return Optional.empty();
        }
    }

    /**
     * Stores soon what is served of a service: ZooKeeper's word, or that and those that are held, as old as these are. What is
     * neither is not stored, but ends what was.
     */
    public void save(String serviceId, String path, Membership membership) {
        writer.execute(() -> keep(serviceId, path, membership));
    }

    private void keep(String serviceId, String path, Membership membership) {
        Kept last = kept.get(serviceId);
        if (membership.state().isWhole()) {
            kept.put(serviceId, new Kept(path, membership.hosts(), null));
        } else if (membership.state() == State.HELD) {
            kept.put(serviceId, new Kept(path, membership.hosts(), membership.since()));
        } else if (last != null && last.until == null) {
            kept.put(serviceId, new Kept(path, last.hosts, writer.wallClock()));
        } else {
            return;
        }
        unwritten.add(serviceId);
        next.setFor(writer.nanoTime() + INTERVAL.toNanos());
        confirmation.setFor(writer.nanoTime() + CONFIRMATION.toNanos());
    }

    private void confirm() {
        kept.forEach((serviceId, each) -> {
            if (each.until == null) {
                unwritten.add(serviceId);
            }
        });
        if (!kept.isEmpty()) {
            confirmation.setFor(writer.nanoTime() + CONFIRMATION.toNanos());
        }
        writeUnwritten();
    }

    /** Writes what is not written yet, and ends the thread. */
    @Override
    public void close() {
        writer.execute(() -> {
            confirmation.clear();
            writeUnwritten();
            next.clear();
        });
        end.accept(Duration.ofSeconds(5));
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

    private void writeUnwritten() {
        unwritten.removeIf(this::isWritten);
        if (!unwritten.isEmpty()) {
            next.setFor(writer.nanoTime() + RETRY.toNanos());
        }
    }

    private boolean isWritten(String serviceId) {
        Kept now = kept.get(serviceId);
        if (now == null) {
            return true;
        }
        Path file = file(serviceId);
        try {
            if (now.hosts.isEmpty()) {
                Files.deleteIfExists(file);
                kept.remove(serviceId);
            } else {
                OwnerOnlyFiles.createDirectories(directory);
                clear();
                Instant confirmed = now.until == null ? writer.wallClock() : now.until;
                OwnerOnlyFiles.replace(file, StoreFormat.encode(serviceId, now.path, new Stored(now.hosts, confirmed)));
            }
            failing = false;
            return true;
        } catch (IOException | RuntimeException e) {
            if (!failing) {
                failing = true;
                log.warn(
                        Message.A_STORE_THAT_CANNOT_BE_WRITTEN.of(
                                "zk-lb.membership.store-directory: {} cannot be written ({}); it is tried again, and until then a"
                                        + " start without ZooKeeper finds what was written before"),
                        Printable.of(file.toString()),
                        Printable.of(e.toString()));
            }
            return false;
        }
    }

    private void clear() throws IOException {
        if (!cleared) {
            cleared = true;
            OwnerOnlyFiles.removeLeftovers(directory, PREFIX, writer.wallClock().minus(LEFTOVER));
        }
    }
}
