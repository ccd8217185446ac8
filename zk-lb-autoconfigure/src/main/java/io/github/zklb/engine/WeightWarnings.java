package io.github.zklb.engine;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.Message;
import io.github.zklb.codec.Printable;
import io.github.zklb.strategy.ConsistentHashSettings;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Warns of what the weights of one service do, each time that it begins to hold. For one thread at a time. */
public final class WeightWarnings {

    private static final Logger log = LoggerFactory.getLogger(ServiceEngine.class);

    private final String serviceId;
    private List<String> told = List.of();

    WeightWarnings(String serviceId) {
        this.serviceId = serviceId;
    }

    /**
     * Looks at the endpoints that may be picked. O(n log n).
     *
     * @param shortOfPoints whether the rings of the application may be coarser than other applications'
     */
    void look(HostSet hosts, EngineSettings settings, boolean shortOfPoints) {
        List<String> now = of(hosts, settings, shortOfPoints);
        now.stream()
                .filter(warning -> !told.contains(warning))
                .forEach(warning -> log.warn("service {}: {}", serviceId, warning));
        told = now;
    }

    /** What there is to say of some endpoints that may be picked. */
    public static List<String> of(HostSet hosts, EngineSettings settings, boolean shortOfPoints) {
        List<String> warnings = new ArrayList<>();
        int maxRatio = settings.strategySettings().maxWeightRatio();
        double limit = hosts.weightLimit(maxRatio);
        for (Endpoint endpoint : hosts.endpoints()) {
            if (endpoint.weight() > limit) {
                warnings.add(Message.A_WEIGHT_OUT_OF_ALL_PROPORTION
                        .of("the weight %s of %s counts as %d times the median of the weights, zk-lb.weight.max-ratio")
                        .formatted(endpoint.weight(), Printable.of(endpoint.id()), maxRatio));
            }
        }
        ConsistentHashSettings hashing = settings.strategySettings().consistentHash();
        boolean hashes = settings.strategy().equals(ConsistentHashSettings.STRATEGY);
        if (hashes && hashing.algorithm() == ConsistentHashSettings.Algorithm.RING && shortOfPoints) {
            warnings.add(Message.RINGS_HAVE_TOO_MANY_POINTS.of(
                    "the rings of this application have nearly as many points together as they may: its keys may go to"
                            + " other instances than those of other applications; docs/configuration.md says more"));
        }
        if (hashes && hashing.isNearBorder(hosts)) {
            warnings.add(Message.KEYS_MAY_MOVE_AT_THE_NEXT_CHANGE.of(
                    "the median of the weights is so near to 8 × 16^k that the next change of one instance may move"
                            + " most keys; docs/configuration.md says why"));
        }
        return warnings;
    }
}
