package io.github.zklb.strategy;

import io.github.zklb.Endpoint;
import io.github.zklb.Picker;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Where a picker of consistent hashing sends the keys, to be looked at: arcs of the circle of all hashes, from 0 to 1, and the
 * endpoints they belong to. It looks at the picker's own table. Immutable.
 *
 * <p>What the endpoints have in flight plays no part here: with bounded load and with two endpoints for each key it tells where
 * a key goes as long as that does not matter.
 */
public final class KeyMap {

    /** Keys that are followed where some endpoints take a part of theirs only. */
    public static final int SAMPLES = 1 << 17;

    /** Multiples of it are spread evenly, however many (Fibonacci hashing). */
    private static final long GOLDEN = 0x9E37_79B9_7F4A_7C15L;

    /** A part of the keys that is not worth a step. */
    private static final double NOTHING = 1e-9;

    private final KeyPicker picker;
    private final KeyTable table;

    private KeyMap(KeyPicker picker) {
        this.picker = picker;
        this.table = picker.table();
    }

    /** Where a picker sends its keys; null if it is none of consistent hashing, or has no endpoint. */
    public static @Nullable KeyMap of(Picker picker) {
        return picker instanceof KeyPicker keyed ? new KeyMap(keyed) : null;
    }

    /** The hash by which the place of a key is found. */
    public static long hash(String key) {
        return Hashing.ofText(key);
    }

    /** What the picker gives to a request whose key has a hash. */
    public Endpoint pick(long hash, Set<Endpoint> tried) {
        return picker.pick(hash, tried);
    }

    /** Why an endpoint that a key comes to does not get the request. */
    public enum Passed {
        /** It takes none of its keys, or a part of them that the key is not in. */
        NOT_ACCEPTED,
        /** It has as many requests as its bounded load allows. */
        FULL,
        /** The other one of the key's two endpoints has less in flight. */
        BUSIER
    }

    /** The endpoints that a key comes to before the one that it was given, in their order, but for those that were tried. */
    public Map<Endpoint, Passed> passed(long hash, Endpoint picked, Set<Endpoint> tried) {
        return picker.passed(hash, picked, tried);
    }

    /** How many arcs there are: the points of a ring, the slots of a table. */
    public int points() {
        return table.arcs();
    }

    /**
     * The arc of a key.
     *
     * @param from where it begins, from 0 to 1
     * @param to where it ends; less than {@code from} if it goes beyond 1
     * @param share its length
     * @param owner the address of the endpoint that it belongs to, whatever that one takes at present
     */
    public record Sector(double from, double to, double share, String owner) {}

    /** The arc that a hash is in. */
    public Sector sector(long hash) {
        int place = table.find(hash);
        int arc = place / table.placesPerArc();
        double from = arc > 0 ? table.end(arc - 1) : table.end(table.arcs() - 1) % 1;
        double to = table.end(arc);
        return new Sector(from, to, to > from ? to - from : to - from + 1, address(table.owner(place)));
    }

    /** A part of the circle and the address of the endpoint that it belongs to, or that most of it belongs to. */
    public record Arc(double from, double to, String address) {}

    /**
     * The arcs from 0 to 1, in their order.
     *
     * @param most how many at most, at least 1; where there are more, so many equal parts of the circle are given instead
     */
    public List<Arc> arcs(int most) {
        return isAggregated(most) ? parts(most) : intervals();
    }

    /** Whether there are more than so many arcs, the one that goes beyond 1 being two. */
    public boolean isAggregated(int most) {
        return table.arcs() >= most;
    }

    private List<Arc> intervals() {
        List<Arc> arcs = new ArrayList<>();
        double from = 0;
        for (int arc = 0; from < 1; arc++) {
            double to = end(arc);
            if (to > from) {
                arcs.add(new Arc(from, to, address(table.owner(place(arc)))));
            }
            from = to;
        }
        return arcs;
    }

    private List<Arc> parts(int most) {
        List<Arc> parts = new ArrayList<>();
        Map<Integer, Double> held = new HashMap<>();
        double at = 0;
        for (int arc = 0, part = 0; part < most; ) {
            double border = (part + 1.0) / most;
            double to = Math.min(end(arc), border);
            held.merge(table.owner(place(arc)), to - at, Double::sum);
            at = to;
            if (end(arc) <= border && arc < table.arcs()) {
                arc++;
            }
            if (to == border) {
                int owner = held.entrySet().stream()
                        .max(Map.Entry.comparingByValue())
                        .orElseThrow()
                        .getKey();
                parts.add(new Arc((double) part / most, border, address(owner)));
                held.clear();
                part++;
            }
        }
        return parts;
    }

    /** Where an arc ends, the one behind the last being the beginning of the first. */
    private double end(int arc) {
        return arc < table.arcs() ? table.end(arc) : 1;
    }

    private int place(int arc) {
        return arc < table.arcs() ? arc * table.placesPerArc() : 0;
    }

    private String address(int candidate) {
        return picker.endpoints()[candidate].address();
    }

    /** The part of the keys that each endpoint is given, by its address: exactly, from the arcs and what each endpoint takes. */
    public Map<String, Double> shares() {
        double[] shares = new double[picker.endpoints().length];
        double from = 0;
        for (int arc = 0; from < 1; arc++) {
            double to = end(arc);
            deal(place(arc), to - from, shares);
            from = to;
        }
        Map<String, Double> byAddress = new LinkedHashMap<>();
        for (int i = 0; i < shares.length; i++) {
            byAddress.merge(address(i), shares[i], Double::sum);
        }
        return byAddress;
    }

    /** Who does not take a key leaves it to the next one of its sequence, independently of the others. */
    private void deal(int place, double keys, double[] shares) {
        int owner = table.owner(place);
        if (part(owner) >= 1) {
            shares[owner] += keys;
            return;
        }
        BitSet asked = new BitSet();
        double left = keys;
        int seen = 0;
        for (int step = 0; left > keys * NOTHING && seen < shares.length; step++) {
            int candidate = picker.offered(place, step);
            if (!asked.get(candidate)) {
                asked.set(candidate);
                seen++;
                shares[candidate] += left * part(candidate);
                left -= left * part(candidate);
            }
        }
    }

    private double part(int candidate) {
        double[] parts = picker.parts();
        return parts == null ? 1 : parts[candidate];
    }

    /** Whether each endpoint takes all of its keys or none. */
    private boolean isSettled() {
        double[] parts = picker.parts();
        return parts == null || Arrays.stream(parts).allMatch(part -> part <= 0 || part >= 1);
    }

    /** A way that keys go, from address to address. */
    public record Move(String from, String to) {}

    /**
     * The keys that go elsewhere.
     *
     * @param moved the part of all keys, from 0 to 1
     * @param exact whether that is computed from the arcs; else it is that of {@value #SAMPLES} keys
     * @param between the part for each way
     */
    public record Moves(double moved, boolean exact, Map<Move, Double> between) {}

    /** Which keys go elsewhere when this map follows another one. O(arcs) as long as no endpoint takes a part of its keys. */
    public Moves since(KeyMap before) {
        return isSettled() && before.isSettled() ? arcsMoved(before) : samplesMoved(before);
    }

    private Moves arcsMoved(KeyMap before) {
        int[] namesakes = namesakes(before);
        String[] addresses = addresses();
        String[] were = before.addresses();
        Map<Move, Double> between = new HashMap<>();
        double moved = 0;
        double at = 0;
        for (int was = 0, is = 0; at < 1; ) {
            double ends = before.end(was);
            double end = end(is);
            double to = Math.min(ends, end);
            if (to > at) {
                int from = before.taker(was);
                int taker = taker(is);
                if (namesakes[from] != taker) {
                    moved += to - at;
                    between.merge(new Move(were[from], addresses[taker]), to - at, Double::sum);
                }
            }
            at = to;
            was += ends <= to ? 1 : 0;
            is += end <= to ? 1 : 0;
        }
        return new Moves(moved, true, between);
    }

    /** The candidate here that has the address of each candidate there, or none: texts are not compared for each arc. */
    private int[] namesakes(KeyMap before) {
        Map<String, Integer> indexes = new HashMap<>();
        String[] addresses = addresses();
        for (int i = 0; i < addresses.length; i++) {
            indexes.put(addresses[i], i);
        }
        return Arrays.stream(before.addresses())
                .mapToInt(address -> indexes.getOrDefault(address, WeightedEndpoints.GONE))
                .toArray();
    }

    private String[] addresses() {
        return Arrays.stream(picker.endpoints()).map(Endpoint::address).toArray(String[]::new);
    }

    private int taker(int arc) {
        int place = place(arc);
        int step = 0;
        while (picker.parts() != null && part(picker.offered(place, step)) < 1) {
            step++;
        }
        return picker.offered(place, step);
    }

    private Moves samplesMoved(KeyMap before) {
        Map<Move, Double> between = new HashMap<>();
        int moved = 0;
        for (int i = 0; i < SAMPLES; i++) {
            Endpoint from = before.pick(i * GOLDEN, Set.of());
            Endpoint to = pick(i * GOLDEN, Set.of());
            if (!from.equals(to) && !from.address().equals(to.address())) {
                moved++;
                between.merge(new Move(from.address(), to.address()), 1.0 / SAMPLES, Double::sum);
            }
        }
        return new Moves((double) moved / SAMPLES, false, between);
    }
}
