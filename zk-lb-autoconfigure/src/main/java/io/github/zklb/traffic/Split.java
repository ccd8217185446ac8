package io.github.zklb.traffic;

import io.github.zklb.strategy.Hashing;
import io.github.zklb.traffic.Route.Part;
import java.util.Arrays;
import java.util.List;

/**
 * Which part of a split a request goes to. The requests are dealt into {@value #SLOTS} slots, by the hash of their keys or by
 * chance, and each part has as many slots as its percentage says. Immutable.
 *
 * <p>The first part has the slots from the beginning on, the second those from the end backwards, the others go in the same
 * way from other places, past slots that a part before has. So a part that grows takes slots of the rest alone, and gives them
 * back when it shrinks: always with two parts, with more as long as it does not run into another one's. The hash is another for
 * each route, or the same users would be the first to try everything.
 */
public final class Split {

    /** How many slots there are: a percentage has two decimals. */
    public static final int SLOTS = 10_000;

    /** What stands for the rest. */
    public static final int REST = -1;

    private static final int[] BEGINNINGS = {0, SLOTS / 2, SLOTS / 4, SLOTS / 4 * 3};

    private final long salt;
    private final byte[] owners = new byte[SLOTS];

    /** The split of a route, whose parts have been checked. */
    public Split(Route route) {
        salt = Hashing.ofText(route.name());
        Arrays.fill(owners, (byte) REST);
        List<Part> parts = route.split();
        for (int part = 0; part < parts.size(); part++) {
            deal(part, slots(parts.get(part).percent()));
        }
    }

    private void deal(int part, int slots) {
        int step = part % 2 == 0 ? 1 : -1;
        int at = BEGINNINGS[part / 2] - (step == 1 ? 0 : 1);
        for (int left = slots; left > 0; at += step) {
            int slot = Math.floorMod(at, SLOTS);
            if (owners[slot] == REST) {
                owners[slot] = (byte) part;
                left--;
            }
        }
    }

    static int slots(double percent) {
        return (int) Math.round(percent * SLOTS / 100);
    }

    /** The slot of the requests whose key has a hash, as {@link Hashing#ofText} gives it. */
    public int slot(long hash) {
        return (int) Long.remainderUnsigned(Hashing.ofIndex(salt, hash), SLOTS);
    }

    /** The part, from 0, of the requests in a slot; {@value #REST} for the rest. */
    public int part(int slot) {
        return owners[slot];
    }
}
