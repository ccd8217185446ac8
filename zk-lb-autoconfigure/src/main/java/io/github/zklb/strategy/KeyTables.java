package io.github.zklb.strategy;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Makes the key table of one service, each from the last one as far as that saves work. For one thread at a time. */
final class KeyTables {

    private @Nullable ConsistentHashSettings settings;
    private long[] hashes = {};
    private long[] weights = {};
    private @Nullable KeyTable table;
    private @Nullable Ring ring;
    private @Nullable Rendezvous rendezvous;

    /** The table of at least one candidate: the last one if neither they nor the settings have changed. */
    KeyTable of(Candidates candidates, ConsistentHashSettings newSettings) {
        long[] newHashes = candidates.hashes();
        long[] newWeights = candidates.weights();
        KeyTable result = table;
        if (result == null
                || !newSettings.equals(settings)
                || !Arrays.equals(newHashes, hashes)
                || !Arrays.equals(newWeights, weights)) {
            result = make(candidates, newSettings);
        }
        settings = newSettings;
        hashes = newHashes;
        weights = newWeights;
        table = result;
        return result;
    }

    private KeyTable make(Candidates candidates, ConsistentHashSettings settings) {
        int virtualNodes = settings.virtualNodes();
        int slots = slots(candidates, settings);
        Ring lastRing = ring;
        Rendezvous lastRendezvous = rendezvous;
        ring = null;
        rendezvous = null;
        return switch (settings.algorithm()) {
            case RING -> {
                Ring next =
                        lastRing == null ? Ring.of(candidates, virtualNodes) : lastRing.next(candidates, virtualNodes);
                ring = next;
                yield next;
            }
            case MAGLEV -> Maglev.table(candidates, slots);
            case RENDEZVOUS -> {
                Rendezvous next = lastRendezvous == null
                        ? Rendezvous.of(candidates, slots)
                        : lastRendezvous.next(candidates, slots);
                rendezvous = next;
                yield next.table();
            }
        };
    }

    private static int slots(Candidates candidates, ConsistentHashSettings settings) {
        Integer tableSize = settings.tableSize();
        return tableSize == null ? SlotTable.slotsFor(candidates.size()) : SlotTable.primeFrom(tableSize);
    }
}
