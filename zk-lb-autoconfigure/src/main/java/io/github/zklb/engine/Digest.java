package io.github.zklb.engine;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.policy.Steering;
import io.github.zklb.strategy.ConsistentHashSettings;
import io.github.zklb.strategy.ConsistentHashSettings.Algorithm;
import io.github.zklb.strategy.ConsistentHashSettings.Identity;
import io.github.zklb.traffic.Serving;
import io.github.zklb.traffic.ZoneSettings;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Two short texts by which the clients of a service are compared: those whose texts are equal know the same endpoints, treat
 * them alike, and give each key the same place. What a client has learned by itself is not in them, nor is its own zone. A
 * registration's id, which is another after each reconnection, is in them only where it decides a key's place. That a client
 * has made a ring coarser because its rings have too many points together is in neither.
 *
 * @param endpoints of the addresses, their registered weights, what overlays make of these, who is not UP, and what else of the
 *     registrations the settings look at
 * @param placement of the settings that decide which endpoints a request may go to and a key's place
 */
public record Digest(String endpoints, String placement) {

    private static final int BYTES = 8;

    /** Of endpoints with the weights that count. */
    static Digest of(HostSet known, Steering steering, EngineSettings settings) {
        ConsistentHashSettings hashing = settings.strategySettings().consistentHash();
        boolean keyed = settings.strategy().equals(ConsistentHashSettings.STRATEGY);
        ZoneSettings zone = settings.zone();
        boolean zoned = zone.mode() != ZoneSettings.Mode.OFF && !keyed;
        Set<String> keys = settings.routes().stream()
                .flatMap(route -> route.groups().stream())
                .flatMap(group -> group.to().keySet().stream())
                .collect(Collectors.toCollection(TreeSet::new));
        if (zoned) {
            keys.add(zone.metadataKey());
        }
        boolean byId = keyed && hashing.identity() == Identity.INSTANCE_ID;
        return new Digest(
                hash(known.endpoints().stream()
                        .map(each -> line(each, steering) + more(each, keys, byId))
                        .sorted()),
                hash(Stream.of(
                                settings.routes().stream(),
                                zoned
                                        ? Stream.of(
                                                zone.mode(),
                                                zone.metadataKey(),
                                                zone.callerShares(),
                                                zone.minEndpoints())
                                        : Stream.empty(),
                                Stream.of(settings.strategy(), settings.keySources()),
                                keyed ? places(hashing) : Stream.empty(),
                                Stream.of(settings.strategySettings().maxWeightRatio()))
                        .flatMap(lines -> lines)));
    }

    /** Only the ring looks at virtual nodes, and it has no table. */
    private static Stream<?> places(ConsistentHashSettings hashing) {
        boolean isRing = hashing.algorithm() == Algorithm.RING;
        return Stream.of(
                hashing.algorithm(),
                isRing ? hashing.virtualNodes() : "",
                isRing ? "" : String.valueOf(hashing.tableSize()),
                hashing.identity(),
                hashing.replicas());
    }

    private static String line(Endpoint endpoint, Steering steering) {
        Steering.Effect effect = steering.effect(endpoint);
        String declared = endpoint.address() + ' ' + steering.declared(endpoint).weight();
        return effect == null ? declared : declared + ' ' + effect.percent() + '%';
    }

    /** What is not the same at each registration of a service that is UP and has no routes, zones or ids that matter. */
    private static String more(Endpoint endpoint, Set<String> keys, boolean byId) {
        StringBuilder more = new StringBuilder(Serving.isUp(endpoint) ? "" : " not UP");
        for (String key : keys) {
            String value = endpoint.metadata().get(key);
            if (value != null) {
                more.append(' ').append(key).append('=').append(value);
            }
        }
        return byId ? more.append(' ').append(endpoint.id()).toString() : more.toString();
    }

    private static String hash(Stream<?> lines) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            lines.forEach(line -> digest.update((line + "\n").getBytes(StandardCharsets.UTF_8)));
            return HexFormat.of().formatHex(digest.digest(), 0, BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}
