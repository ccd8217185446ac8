package io.github.zklb.benchmarks;

import com.dynatrace.hash4j.hashing.Hasher64;
import com.dynatrace.hash4j.hashing.Hashing;
import com.linkedin.d2.balancer.util.hashing.BoundedLoadConsistentHashRing;
import com.linkedin.d2.balancer.util.hashing.ConsistentHashRing;
import com.linkedin.d2.balancer.util.hashing.HashFunction;
import com.linkedin.d2.balancer.util.hashing.Ring;
import com.linkedin.d2.balancer.util.hashing.XXHash;
import com.linkedin.util.degrader.CallTracker;
import com.linkedin.util.degrader.CallTrackerImpl;
import io.github.zklb.Endpoint;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The rings of LinkedIn's D2. A key reaches them as a number. */
final class D2 {

    private static final int POINTS = 100;
    private static final long TRACKER_INTERVAL_MILLIS = 5_000;

    private D2() {}

    static Ring<URI> ring(Fleet fleet) {
        return new ConsistentHashRing<>(points(fleet));
    }

    /** A ring of points, by the faster of the hashes that D2 has for a text. */
    static Pick pointRing(Fleet fleet) {
        HashFunction<String[]> hash = new XXHash();
        Ring<URI> ring = ring(fleet);
        List<String[]> keys = Keys.as(key -> new String[] {key});
        return key -> ring.get(hash.hash(keys.get(key)));
    }

    /** A ring of points, by the hash that zk-lb uses: what remains is the difference between the rings. */
    static Pick pointRingWithOurHash(Fleet fleet) {
        Ring<URI> ring = ring(fleet);
        Hasher64 hasher = Hashing.xxh3_64();
        List<String> keys = Keys.as(Function.identity());
        return key -> ring.get((int) hasher.hashCharsToLong(keys.get(key)));
    }

    /** A bounded ring, and the accounting of a call without which it has no bound. */
    static Pick boundedRing(Fleet fleet) {
        Map<URI, CallTracker> trackers =
                fleet.endpoints().stream().collect(Collectors.toMap(D2::uri, endpoint -> tracker()));
        Ring<URI> ring =
                new BoundedLoadConsistentHashRing<>(ConsistentHashRing::new, points(fleet), trackers, Fleet.BOUND);
        Hasher64 hasher = Hashing.xxh3_64();
        List<String> keys = Keys.as(Function.identity());
        return key -> {
            URI uri = ring.get((int) hasher.hashCharsToLong(keys.get(key)));
            Objects.requireNonNull(trackers.get(uri)).startCall().endCall();
            return uri;
        };
    }

    private static CallTracker tracker() {
        CallTracker tracker = new CallTrackerImpl(TRACKER_INTERVAL_MILLIS);
        for (int i = 0; i < Fleet.IN_FLIGHT; i++) {
            tracker.startCall();
        }
        return tracker;
    }

    private static Map<URI, Integer> points(Fleet fleet) {
        return fleet.endpoints().stream()
                .collect(Collectors.toMap(D2::uri, endpoint -> (int) (POINTS * endpoint.weight())));
    }

    private static URI uri(Endpoint endpoint) {
        return URI.create("http://" + endpoint.address());
    }
}
