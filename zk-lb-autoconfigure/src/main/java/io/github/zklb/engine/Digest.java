package io.github.zklb.engine;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.policy.Steering;
import io.github.zklb.strategy.ConsistentHashSettings;
import io.github.zklb.strategy.ConsistentHashSettings.Algorithm;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.stream.Stream;

/**
 * Two short texts by which the clients of a service are compared: those whose texts are equal know the same endpoints with the
 * same weights, and give each key the same place. What a client has learned by itself is not in them, nor is a registration's
 * id, which is another after each reconnection.
 *
 * @param endpoints of the addresses, their registered weights and what overlays make of these
 * @param placement of the settings that decide a key's place
 */
public record Digest(String endpoints, String placement) {

    private static final int BYTES = 8;

    /** Of endpoints with the weights that count. */
    static Digest of(HostSet known, Steering steering, EngineSettings settings) {
        ConsistentHashSettings hashing = settings.strategySettings().consistentHash();
        return new Digest(
                hash(known.endpoints().stream()
                        .map(each -> line(each, steering))
                        .sorted()),
                hash(Stream.concat(
                        settings.routes().stream(),
                        Stream.of(
                                settings.strategy(),
                                settings.keySources(),
                                hashing.algorithm(),
                                hashing.virtualNodes(),
                                hashing.algorithm() == Algorithm.RING ? "" : String.valueOf(hashing.tableSize()),
                                hashing.identity(),
                                hashing.replicas(),
                                settings.strategySettings().maxWeightRatio()))));
    }

    private static String line(Endpoint endpoint, Steering steering) {
        Steering.Effect effect = steering.effect(endpoint);
        String declared = endpoint.address() + ' ' + steering.declared(endpoint).weight();
        return effect == null ? declared : declared + ' ' + effect.percent() + '%';
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
