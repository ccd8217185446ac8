package io.github.zklb.membership;

import io.github.zklb.codec.Printable;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.membership.Membership.Stored;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The sentences that say why a service's membership is in its state. What others wrote is escaped in them.
 *
 * @param serviceId the service's id
 * @param path the path of its directory
 * @param connectString the servers to which the client connects now
 * @param trouble why there is no connection, as far as it is known
 * @param polled whether the server keeps no watches
 * @param identity as whom the client asks, if it has authenticated itself
 */
public record Causes(
        String serviceId,
        String path,
        Supplier<String> connectString,
        Supplier<Optional<String>> trouble,
        BooleanSupplier polled,
        Optional<String> identity) {

    private static final String PERHAPS_THE_SECRET =
            ", or correct the secret in zk-lb.zookeeper.auth: ZooKeeper does not say that a password is wrong";

    /** Escapes the id and the path. */
    public Causes {
        serviceId = Printable.of(serviceId);
        path = Printable.of(path);
    }

    /** Why nothing is known of ZooKeeper: there is no connection. */
    String noAnswer(Instant since) {
        return "ZooKeeper at %s has not answered since %s%s"
                .formatted(ensemble(), since.truncatedTo(ChronoUnit.SECONDS), knownTrouble());
    }

    /** Why nothing is known of ZooKeeper: a reading failed. */
    String noReading(String failure) {
        return "ZooKeeper at %s was asked for %s, but %s; it is asked again%s"
                .formatted(ensemble(), path, failure, knownTrouble());
    }

    /**
     * Why the membership is in a state.
     *
     * @param silence why nothing is known of ZooKeeper
     * @param stored what is served as it was stored, if it is
     * @param endpoints how many endpoints the state is about
     */
    String of(State state, @Nullable String silence, @Nullable Stored stored, int endpoints) {
        return switch (state) {
            case LOADING -> "service %s is not loaded: %s".formatted(serviceId, silence);
            case STALE ->
                stored == null
                        ? "service %s may be out of date: %s".formatted(serviceId, silence)
                        : "service %s is served as it was stored, confirmed last at %s (zk-lb.membership.store-directory): %s"
                                .formatted(serviceId, stored.confirmed().truncatedTo(ChronoUnit.SECONDS), silence);
            case SYNCED, HELD ->
                "service %s is %s at %s (endpoints: %d)"
                        .formatted(
                                serviceId,
                                polled.getAsBoolean()
                                        ? "polled, since the server keeps no persistent watches,"
                                        : "watched",
                                path,
                                endpoints);
            case ABSENT ->
                "no such service yet: ZooKeeper at %s has no node %s; an instance of %s that registers there is seen at once"
                        .formatted(ensemble(), path, serviceId);
            case DENIED ->
                "service %s is denied: this client%s may not list %s; grant it READ on that node%s"
                        .formatted(
                                serviceId,
                                identity.map(who -> " (" + who + ")").orElse(""),
                                path,
                                identity.isEmpty() ? "" : PERHAPS_THE_SECRET);
        };
    }

    private String knownTrouble() {
        return trouble.get().map(words -> ": " + words).orElse("");
    }

    private String ensemble() {
        return Printable.of(connectString.get());
    }
}
