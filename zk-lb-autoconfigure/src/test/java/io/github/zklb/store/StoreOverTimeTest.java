package io.github.zklb.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.codec.AllowList;
import io.github.zklb.membership.Membership;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.membership.Membership.Stored;
import io.github.zklb.membership.Worker;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** When the store writes, whatever fails, by a clock of the test's own. */
class StoreOverTimeTest {

    private static final Instant START = Instant.parse("2026-11-26T06:00:00Z");
    private static final HostSet HOSTS = HostSet.of(Endpoint.of("10.0.0.1", 80));

    @TempDir
    Path temp;

    private final Time time = new Time();
    private Path directory;
    private LastGoodStore store;

    @BeforeEach
    void open() {
        directory = temp.resolve("hosts");
        store = new LastGoodStore(directory, time, atMost -> {});
    }

    @Test
    void aWriteThatFailedIsTriedAgainUntilItSucceeds() throws Exception {
        Files.writeString(directory, "a file where the directory should be");
        save(State.SYNCED);
        time.pass(LastGoodStore.INTERVAL);
        time.pass(LastGoodStore.RETRY);
        assertThat(stored()).isEmpty();
        Files.delete(directory);
        time.pass(LastGoodStore.RETRY);
        assertThat(stored()).map(Stored::hosts).contains(HOSTS);
        assertThat(time.due).as("nothing but the next confirmation").hasSize(1);
    }

    @Test
    void aFileIsConfirmedAnewAsLongAsZooKeepersWordStands() throws Exception {
        save(State.SYNCED);
        time.pass(LastGoodStore.INTERVAL);
        assertThat(confirmed()).isEqualTo(START.plus(LastGoodStore.INTERVAL));
        for (int times = 1; times < 4; times++) {
            time.pass(LastGoodStore.CONFIRMATION);
            assertThat(confirmed()).isAfterOrEqualTo(START.plus(LastGoodStore.CONFIRMATION.multipliedBy(times)));
        }
        Instant lost = time.wallClock();
        save(State.STALE);
        time.pass(Duration.ofHours(1));
        assertThat(confirmed()).isEqualTo(lost);
        save(State.SYNCED);
        time.pass(LastGoodStore.CONFIRMATION);
        assertThat(confirmed()).isAfter(lost.plus(Duration.ofHours(1)));
    }

    @Test
    void whatIsHeldStaysInTheFileAsOldAsItIs() throws Exception {
        save(State.SYNCED);
        time.pass(LastGoodStore.INTERVAL);
        Instant lost = time.wallClock().minusSeconds(3);
        store.save("orders", "/services/orders", new Membership(HOSTS, State.HELD, "", lost, 1));
        time.pass(Duration.ofHours(1));
        save(State.STALE);
        time.pass(Duration.ofHours(1));
        assertThat(stored()).map(Stored::hosts).contains(HOSTS);
        assertThat(confirmed()).isEqualTo(lost);
    }

    @Test
    void aServiceThatIsGoneLeavesNoFileAndNothingToDo() throws Exception {
        save(State.SYNCED);
        time.pass(LastGoodStore.INTERVAL);
        store.save("orders", "/services/orders", membership(HostSet.EMPTY, State.ABSENT));
        time.pass(LastGoodStore.CONFIRMATION);
        assertThat(stored()).isEmpty();
        time.pass(LastGoodStore.CONFIRMATION);
        assertThat(time.due).isEmpty();
    }

    @Test
    void whatAProcessLeftThatEndedWhileItWroteIsCleared() throws Exception {
        Files.createDirectories(directory);
        Path old = Files.createFile(directory.resolve("service-orders.hosts-1.tmp"));
        Path young = Files.createFile(directory.resolve("service-orders.hosts-2.tmp"));
        Path foreign = Files.createFile(directory.resolve("another.tmp"));
        Files.setLastModifiedTime(young, FileTime.from(START.minusSeconds(1)));
        for (Path file : List.of(old, foreign)) {
            Files.setLastModifiedTime(file, FileTime.from(START.minus(LastGoodStore.LEFTOVER.multipliedBy(2))));
        }
        save(State.SYNCED);
        time.pass(LastGoodStore.INTERVAL);
        assertThat(old).doesNotExist();
        assertThat(young).exists();
        assertThat(foreign).exists();
    }

    @Test
    void nothingIsReadOrWrittenOnTheThreadThatAsks() {
        CompletableFuture<Optional<Stored>> loading = store.load("orders", "/services/orders", AllowList.EVERYTHING);
        save(State.SYNCED);
        assertThat(loading).isNotDone();
        assertThat(directory).doesNotExist();
        time.pass(LastGoodStore.INTERVAL);
        assertThat(loading).isCompletedWithValue(Optional.empty());
        assertThat(directory).exists();
    }

    private void save(State state) {
        store.save("orders", "/services/orders", membership(HOSTS, state));
    }

    private static Membership membership(HostSet hosts, State state) {
        return new Membership(hosts, state, "", START, 0);
    }

    private Instant confirmed() {
        return stored().orElseThrow().confirmed();
    }

    private Optional<Stored> stored() {
        CompletableFuture<Optional<Stored>> loading = store.load("orders", "/services/orders", AllowList.EVERYTHING);
        time.pass(Duration.ZERO);
        return loading.join();
    }

    /** A worker whose tasks run when the test lets time pass. */
    private static final class Time implements Worker {

        private record Task(long at, Runnable run) {}

        private final List<Runnable> ready = new ArrayList<>();
        private final List<Task> due = new ArrayList<>();
        private long now;

        @Override
        public void execute(Runnable task) {
            ready.add(task);
        }

        @Override
        public long nanoTime() {
            return now;
        }

        @Override
        public Instant wallClock() {
            return START.plusNanos(now);
        }

        @Override
        public Runnable schedule(Runnable task, Duration delay) {
            Task later = new Task(now + delay.toNanos(), task);
            due.add(later);
            return () -> due.remove(later);
        }

        void pass(Duration by) {
            long end = now + by.toNanos();
            while (true) {
                while (!ready.isEmpty()) {
                    ready.remove(0).run();
                }
                Optional<Task> next =
                        due.stream().min(Comparator.comparingLong(Task::at)).filter(task -> task.at() <= end);
                if (next.isEmpty()) {
                    now = end;
                    return;
                }
                due.remove(next.get());
                now = Math.max(now, next.get().at());
                next.get().run().run();
            }
        }
    }
}
