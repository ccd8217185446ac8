package io.github.zklb.policy;

import io.github.zklb.Message;
import io.github.zklb.codec.Printable;
import io.github.zklb.policy.OverlayNode.Counting;
import io.github.zklb.policy.OverlayNode.Version;
import io.github.zklb.policy.SettingLayers.Layer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The overlays of one service over time: which of them count, and until when. An overlay's time begins when it is first seen, at
 * the later of this client's clock and the time of its writing, and passes by the monotonic clock: a clock that is set back
 * brings nothing back. What cannot be understood leaves the node's last valid content in effect until that expires. For one
 * thread at a time.
 */
public final class KnownOverlays {

    private static final Duration MUCH_SKEW = Duration.ofMinutes(1);

    /** So many contents that are not there any more are remembered. */
    private static final int REMEMBERED = 4_096;

    private final Consumer<String> warnings;
    private final Map<String, Counting> valid = new HashMap<>();
    private final Map<Version, Long> ends = new Recent<>();
    private final Set<String> warned = new HashSet<>();

    /**
     * Knows nothing yet.
     *
     * @param warnings takes what an operator should know, once each, safe for a log
     */
    public KnownOverlays(Consumer<String> warnings) {
        this.warnings = warnings;
    }

    /** What is the case with a node's overlay, whatever endpoints there are. */
    public enum State {
        /** It counts. */
        VALID,
        /** It is meant for other applications. */
        OTHER_APPLICATION,
        /** What it sets cannot be, together with the other settings. */
        REFUSED,
        /** Its time is over. */
        EXPIRED,
        /** It cannot be understood, or is to last too long. */
        INVALID
    }

    /**
     * A node, and what is made of it.
     *
     * @param counting what counts of it; null if nothing does
     * @param because why it does not count, or what does instead of it; null if it counts
     */
    public record Known(
            OverlayNode node,
            State state,
            @Nullable Counting counting,
            @Nullable String because) {}

    /**
     * What is made of the nodes now.
     *
     * @param due when the next of them ends, by the monotonic clock
     * @param policy the service's policy; null without one
     */
    public record Overview(List<Known> nodes, OptionalLong due, KnownPolicy.@Nullable Known policy) {

        /** Without any node. */
        public static final Overview NONE = new Overview(List.of(), OptionalLong.empty(), null);

        /** The same with a policy. */
        public Overview with(KnownPolicy.@Nullable Known other) {
            return new Overview(nodes, due, other);
        }

        /** The same where some of what they set of the service's settings cannot be, with the reasons. */
        public Overview refusing(Map<Layer, String> refused) {
            if (refused.isEmpty()) {
                return this;
            }
            List<Known> others = nodes.stream()
                    .map(each -> {
                        String why = each.counting == null ? null : refused.get(each.counting.layer());
                        return why == null ? each : new Known(each.node, State.REFUSED, null, why);
                    })
                    .toList();
            return new Overview(others, due, policy == null ? null : policy.refusing(refused));
        }

        /** What they set of the service's settings. */
        public SettingLayers layers() {
            List<Layer> above = counting().stream()
                    .filter(each -> !each.overlay().settings().isEmpty())
                    .sorted(OverlayNode.ORDER.reversed())
                    .map(Counting::layer)
                    .toList();
            return new SettingLayers(above, policy == null ? null : policy.layer());
        }

        /** The overlays that count. */
        public List<Counting> counting() {
            List<Counting> counting = new ArrayList<>();
            for (Known each : nodes) {
                if (each.counting != null) {
                    counting.add(each.counting);
                }
            }
            return counting;
        }
    }

    /**
     * Looks at the nodes as they were last read.
     *
     * @param application the name of this application
     * @param clock the wall clock
     * @param nanoTime the monotonic one
     */
    public Overview step(
            Collection<OverlayNode> nodes, OverlaySettings settings, String application, Instant clock, long nanoTime) {
        Set<String> there = new HashSet<>();
        nodes.forEach(each -> there.add(each.id()));
        valid.keySet().retainAll(there);
        warned.retainAll(there);
        List<Known> known = new ArrayList<>();
        OptionalLong due = OptionalLong.empty();
        for (OverlayNode node : nodes) {
            Known each = look(node, settings, application, clock, nanoTime);
            known.add(each);
            if (each.counting != null) {
                long end = end(each.counting, clock, nanoTime);
                due = due.isEmpty() || end - due.getAsLong() < 0 ? OptionalLong.of(end) : due;
            }
        }
        return new Overview(List.copyOf(known), due, null);
    }

    private Known look(OverlayNode node, OverlaySettings settings, String application, Instant clock, long nanoTime) {
        String problem = problem(node, settings);
        Counting last = valid.get(node.id());
        if (problem == null && node.content() instanceof Overlay overlay) {
            last = new Counting(node, overlay);
            valid.put(node.id(), last);
            warned.remove(node.id());
        } else if (last != null
                && (last.node().created() != node.created() || last.node().modified() == node.modified())) {
            valid.remove(node.id());
            last = null;
        }
        boolean isOver = last == null || end(last, clock, nanoTime) - nanoTime <= 0;
        Counting counting = last == null || isOver || !last.overlay().isFor(application) ? null : last;
        if (problem != null) {
            boolean stays = counting != null;
            warnOnce(node, problem + (stays ? "; what it said before counts until it expires" : ""));
            return new Known(
                    node,
                    State.INVALID,
                    counting,
                    counting == null
                            ? problem
                            : problem + "; what it said before counts until "
                                    + counting.overlay().expires());
        }
        if (isOver) {
            return new Known(node, State.EXPIRED, null, "its time is over");
        }
        return counting == null
                ? new Known(node, State.OTHER_APPLICATION, null, "it is not for the application " + application)
                : new Known(node, State.VALID, counting, null);
    }

    private static @Nullable String problem(OverlayNode node, OverlaySettings settings) {
        if (node.content() instanceof OverlayNode.Invalid invalid) {
            return invalid.why();
        }
        Instant latest = node.writtenAt().plus(settings.maxTtl());
        boolean tooLong =
                node.content() instanceof Overlay overlay && overlay.expires().isAfter(latest);
        return tooLong
                ? "expires must be within zk-lb.policy.max-ttl (" + settings.maxTtl()
                        + ") after it is written, which is until " + latest
                : null;
    }

    private long end(Counting counting, Instant clock, long nanoTime) {
        OverlayNode node = counting.node();
        Long known = ends.get(node.contentVersion());
        if (known != null) {
            return known;
        }
        boolean behind = node.writtenAt().isAfter(clock);
        Instant now = behind ? node.writtenAt() : clock;
        Instant expires = counting.overlay().expires();
        long end = nanoTime
                + (expires.isAfter(now) ? Duration.between(now, expires).toNanos() : 0);
        ends.put(node.contentVersion(), end);
        if (behind && Duration.between(clock, node.writtenAt()).compareTo(MUCH_SKEW) > 0) {
            warnings.accept(Message.CLOCKS_DIFFER.of("the overlay " + node.id() + " was written at " + node.writtenAt()
                    + ", and the clock of this application says " + clock + ": set the clocks"));
        }
        return end;
    }

    /** Once until it is valid again: who writes nonsense all the time fills no log. */
    private void warnOnce(OverlayNode node, String problem) {
        if (warned.add(node.id())) {
            warnings.accept(Message.AN_OVERLAY_IS_INVALID.of(
                    "the overlay " + Printable.of(node.id()) + " is invalid: " + problem));
        }
    }

    /** Forgets what was not asked for of late. */
    private static final class Recent<K, V> extends LinkedHashMap<K, V> {

        private static final long serialVersionUID = 1L;

        Recent() {
            super(16, 0.75f, true);
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
            return size() > REMEMBERED;
        }
    }
}
