package io.github.zklb.engine;

import io.github.zklb.codec.Printable;
import io.github.zklb.engine.Published.Change;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What has happened to one service of late: the differences between its publications, the last {@value #KEPT} of them as
 * events, and all of them as lines of the log. A line tells what is different from the line before, so that what comes and
 * goes in between leaves none; lines that follow each other closely come more and more seldom. Thread-safe.
 */
public final class EventLog {

    /** So many events are kept. */
    static final int KEPT = 256;

    /** If one publication makes more events of a kind, they are one. */
    static final int MOST_OF_A_KIND = 16;

    /** So many addresses are named of each kind, where more would be too many. */
    private static final int NAMED = 4;

    private static final Duration FIRST_LINE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);
    private static final Logger log = LoggerFactory.getLogger(ServiceEngine.class);

    private final String serviceId;
    private final BiConsumer<Runnable, Duration> timers;
    private final LongSupplier nanoTime;
    private final InstantSource clock;
    private final Deque<Event> events = new ArrayDeque<>();
    private final Map<Kind, Long> counts = new EnumMap<>(Kind.class);
    private long next;
    private Published last;
    private Published told;
    private boolean lineIsDue;
    private Duration pause = FIRST_LINE;
    private long toldAt;

    /** What an event says. Those of the service as a whole have no address. */
    public enum Kind {
        /** The settings are others. */
        SETTINGS(""),
        /** Other settings were refused, and the last right ones go on. */
        SETTINGS_REFUSED(""),
        /** Nothing is known of the service any more. */
        LOADING(""),
        /** The endpoints are ZooKeeper's. */
        SYNCED(""),
        /** ZooKeeper does not answer. */
        STALE(""),
        /** ZooKeeper does not let this client read the service. */
        DENIED(""),
        /** ZooKeeper has no such service. */
        ABSENT(""),
        /** So few endpoints are left that ejections are ignored. */
        PANIC(""),
        /** Ejections count again. */
        PANIC_ENDED(""),
        /** Zones count from now on, or do not, or for another reason. */
        ZONE_MODE(""),
        /** An operator's overlay is in effect, or another content of it. */
        OVERLAY_ON(""),
        /** An operator's overlay, or this content of it, is not in effect any more. */
        OVERLAY_OFF(""),
        /** An entry of the policy of the service's owner is in effect, or another one. */
        POLICY_ON(""),
        /** No policy of the service's owner is in effect any more. */
        POLICY_OFF(""),
        /** The policy of the service's owner is not understood: what it said before counts. */
        POLICY_INVALID(""),
        /** An endpoint is there that was not. */
        JOINED("+%d joined"),
        /** An endpoint is not there any more. */
        LEFT("-%d left"),
        /** An endpoint has another weight. */
        REWEIGHED("%d reweighed"),
        /** An endpoint says of itself that it is {@code UP} again. */
        UP("%d UP again"),
        /** An endpoint says of itself that it is not {@code UP}. */
        NOT_UP("%d not UP"),
        /** An endpoint has lost its registration and is held, or has proved to be alive again since then. */
        HELD("%d held without registration"),
        /** A held endpoint failed: it is served when nothing else is left. */
        DEMOTED("%d held and failing"),
        /** Nobody listens at a held endpoint: it is not served. */
        GONE("%d without registration dead"),
        /** An endpoint is left alone for its failures. */
        EJECTED("%d ejected"),
        /** An endpoint is not ejected any more, or registered again. */
        RETURNED("%d returned");

        private final String words;

        Kind(String words) {
            this.words = words;
        }
    }

    /**
     * One event.
     *
     * @param number counts the events of the service, from 0
     * @param time when it happened, by the wall clock
     * @param kind what happened
     * @param address the endpoint's address; null if it is about several endpoints, or about the service
     * @param count how many endpoints it is about; 0 if it is about the service
     * @param detail more in a few words, if there is more to say
     */
    public record Event(
            long number,
            Instant time,
            Kind kind,
            @Nullable String address,
            int count,
            @Nullable String detail) {}

    /**
     * A log without events.
     *
     * @param timers runs a task after a time
     * @param nanoTime monotonic time in nanoseconds
     * @param clock the wall clock
     * @param settings the first settings
     */
    EventLog(
            String serviceId,
            BiConsumer<Runnable, Duration> timers,
            LongSupplier nanoTime,
            InstantSource clock,
            EngineSettings settings) {
        this.serviceId = Printable.of(serviceId);
        this.timers = timers;
        this.nanoTime = nanoTime;
        this.clock = clock;
        this.last = Published.nothing(settings);
        this.told = last;
        this.toldAt = nanoTime.getAsLong() - LONGEST_PAUSE.toNanos();
    }

    /** The number of the next event. */
    public synchronized long next() {
        return next;
    }

    /** The events that are kept, from a number on, the oldest first. */
    public synchronized List<Event> since(long number) {
        return events.stream().filter(each -> each.number() >= number).toList();
    }

    /** How many endpoints events of a kind were about since the beginning; of an event of the service, how many events. */
    public synchronized long count(Kind kind) {
        return counts.getOrDefault(kind, 0L);
    }

    /** Something has been published. */
    synchronized void published(Published now) {
        Map<Kind, List<Change>> changes = byKind(now.since(last));
        last = now;
        changes.forEach(this::add);
        if (!changes.isEmpty() && !lineIsDue) {
            lineIsDue = true;
            boolean quiet =
                    nanoTime.getAsLong() - toldAt > pause.multipliedBy(2).toNanos();
            Duration doubled = pause.multipliedBy(2);
            pause = quiet ? FIRST_LINE : doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
            timers.accept(this::tell, pause);
        } else if (!lineIsDue) {
            told = now; // nothing to tell: the older one, with its picker, is not kept
        }
    }

    /** Settings were refused. */
    synchronized void refused(String why) {
        add(Kind.SETTINGS_REFUSED, null, 0, Printable.of(why));
    }

    private void add(Kind kind, List<Change> changes) {
        if (changes.size() > MOST_OF_A_KIND) {
            add(kind, null, changes.size(), names(changes));
        } else {
            changes.forEach(each -> add(kind, each.address(), each.address() == null ? 0 : 1, each.detail()));
        }
    }

    private void add(Kind kind, @Nullable String address, int count, @Nullable String detail) {
        if (events.size() == KEPT) {
            events.removeFirst();
        }
        events.addLast(new Event(next++, clock.instant().truncatedTo(ChronoUnit.MILLIS), kind, address, count, detail));
        counts.merge(kind, (long) Math.max(1, count), Long::sum);
    }

    /** The states of the membership have lines of their own. */
    private synchronized void tell() {
        List<Change> since = last.since(told);
        told = last;
        lineIsDue = false;
        toldAt = nanoTime.getAsLong();
        String words = byKind(since).entrySet().stream()
                .map(entry -> words(entry.getKey(), entry.getValue()))
                .filter(each -> !each.isEmpty())
                .collect(Collectors.joining(", "));
        if (!words.isEmpty()) {
            log.info(
                    "service {}: {}; {} of {} are given requests",
                    serviceId,
                    words,
                    last.serving(),
                    last.known().size());
        }
    }

    private static String words(Kind kind, List<Change> changes) {
        return switch (kind) {
            case SETTINGS -> "other settings: " + changes.get(0).detail();
            case PANIC -> "too few are left to leave the ejected ones alone";
            case PANIC_ENDED -> "the ejected ones are left alone again";
            default -> kind.words.isEmpty() ? "" : kind.words.formatted(changes.size()) + " (" + names(changes) + ')';
        };
    }

    private static String names(List<Change> changes) {
        List<String> names = new ArrayList<>();
        changes.stream()
                .limit(NAMED)
                .map(each -> each.detail() == null ? each.address() : each.address() + ' ' + each.detail())
                .forEach(names::add);
        if (changes.size() > NAMED) {
            names.add("and " + (changes.size() - NAMED) + " more");
        }
        return String.join(", ", names);
    }

    private static Map<Kind, List<Change>> byKind(List<Change> changes) {
        return changes.stream()
                .collect(Collectors.groupingBy(Change::kind, () -> new EnumMap<>(Kind.class), Collectors.toList()));
    }
}
