package io.github.zklb.policy;

import io.github.zklb.Endpoint;
import java.time.Instant;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What an operator sets for some endpoints of a service, or of the service's settings, as it stands in a node. Immutable.
 *
 * @param target whom it is about
 * @param weightPercent what the endpoint's weight counts for, in percent of what it declares, 0 to {@value #MOST_PERCENT};
 *     null if that is not set
 * @param drain whether the endpoint gets no requests
 * @param settings what it sets of the settings, texts by the names of properties below {@code zk-lb}; empty if it is about
 *     endpoints
 * @param expires when it ends
 * @param author who says that it is theirs; null if nobody does
 * @param reason why it is there; null if that is not told
 * @param applications the applications that it is for, by name; all if empty
 * @param overrideCap whether it may drain more than {@code zk-lb.policy.max-drained-percent}
 */
public record Overlay(
        Target target,
        @Nullable Integer weightPercent,
        boolean drain,
        Map<String, String> settings,
        Instant expires,
        @Nullable String author,
        @Nullable String reason,
        Set<String> applications,
        boolean overrideCap)
        implements OverlayNode.Content {

    /** The most that a weight can be raised to. */
    public static final int MOST_PERCENT = 1_000;

    /** Copies the applications. */
    public Overlay {
        applications = Collections.unmodifiableSet(new TreeSet<>(applications));
    }

    /** Whether an application is to heed it. */
    boolean isFor(String application) {
        return applications.isEmpty() || applications.contains(application);
    }

    /** Whom an overlay is about; of two that set the same for one endpoint, the one that says more exactly whom it means counts. */
    public sealed interface Target {

        /**
         * Whether it is about an endpoint.
         *
         * @param zoneKey the metadata key by which endpoints name their zones
         */
        boolean matches(Endpoint endpoint, String zoneKey);

        /** How exactly it says whom it means; more is more exactly. */
        int level();

        /** In a few words. */
        String words();
    }

    /**
     * Who is at an address.
     *
     * @param address host and port, as {@link Endpoint#address()} gives them
     * @param id the id of the one registration that is meant; null if it is whoever is there
     */
    public record AtAddress(String address, @Nullable String id) implements Target {

        @Override
        public boolean matches(Endpoint endpoint, String zoneKey) {
            return endpoint.address().equals(address)
                    && (id == null || endpoint.id().equals(id));
        }

        @Override
        public int level() {
            return 4;
        }

        @Override
        public String words() {
            return id == null ? address : address + " (" + id + ')';
        }
    }

    /** Those with certain metadata: all of these entries. */
    public record WithMetadata(Map<String, String> entries) implements Target {

        /** Copies the entries. */
        public WithMetadata {
            entries = Collections.unmodifiableMap(new TreeMap<>(entries));
        }

        @Override
        public boolean matches(Endpoint endpoint, String zoneKey) {
            return entries.entrySet().stream()
                    .allMatch(each -> each.getValue().equals(endpoint.metadata().get(each.getKey())));
        }

        @Override
        public int level() {
            return 3;
        }

        @Override
        public String words() {
            return entries.entrySet().stream()
                    .map(each -> each.getKey() + '=' + each.getValue())
                    .collect(Collectors.joining(", "));
        }
    }

    /** Those of a zone. */
    public record InZone(String zone) implements Target {

        @Override
        public boolean matches(Endpoint endpoint, String zoneKey) {
            return zone.equals(endpoint.metadata().getOrDefault(zoneKey, "").strip());
        }

        @Override
        public int level() {
            return 2;
        }

        @Override
        public String words() {
            return "zone " + zone;
        }
    }

    /** All endpoints of the service. */
    public record WholeService() implements Target {

        @Override
        public boolean matches(Endpoint endpoint, String zoneKey) {
            return true;
        }

        @Override
        public int level() {
            return 1;
        }

        @Override
        public String words() {
            return "the service";
        }
    }
}
