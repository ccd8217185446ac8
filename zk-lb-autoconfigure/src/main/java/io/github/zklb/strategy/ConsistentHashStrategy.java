package io.github.zklb.strategy;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.Picker;
import io.github.zklb.Strategy;
import io.github.zklb.strategy.ConsistentHashSettings.Identity;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The same key to the same endpoint, from every client. O(1) a pick. */
final class ConsistentHashStrategy implements Strategy {

    private final ConsistentHashSettings settings;
    private final Strategy withoutKey;
    private @Nullable Ring ring;
    private @Nullable Rendezvous rendezvous;

    /**
     * @param settings how keys are mapped
     * @param withoutKey picks for requests without a key
     */
    ConsistentHashStrategy(ConsistentHashSettings settings, Strategy withoutKey) {
        this.settings = settings;
        this.withoutKey = withoutKey;
    }

    @Override
    public Picker newPicker(HostSet hosts) {
        Candidates candidates = Candidates.distinct(hosts, identity());
        return candidates.isEmpty()
                ? context -> null
                : new KeyPicker(candidates.endpoints(), table(candidates), withoutKey.newPicker(hosts));
    }

    private KeyTable table(Candidates candidates) {
        return switch (settings.algorithm()) {
            case RING -> ring(candidates);
            case MAGLEV -> Maglev.table(candidates, slots(candidates));
            case RENDEZVOUS -> rendezvous(candidates);
        };
    }

    private KeyTable ring(Candidates candidates) {
        int virtualNodes = settings.virtualNodes();
        ring = ring == null ? Ring.of(candidates, virtualNodes) : ring.next(candidates, virtualNodes);
        return ring;
    }

    private KeyTable rendezvous(Candidates candidates) {
        int slots = slots(candidates);
        rendezvous = rendezvous == null ? Rendezvous.of(candidates, slots) : rendezvous.next(candidates, slots);
        return rendezvous.table();
    }

    private int slots(Candidates candidates) {
        Integer tableSize = settings.tableSize();
        return tableSize == null ? SlotTable.slotsFor(candidates.size()) : SlotTable.primeFrom(tableSize);
    }

    private Function<Endpoint, String> identity() {
        return settings.identity() == Identity.ADDRESS ? Endpoint::address : Endpoint::id;
    }
}
