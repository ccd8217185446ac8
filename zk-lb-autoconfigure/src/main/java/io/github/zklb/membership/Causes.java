package io.github.zklb.membership;

import io.github.zklb.Message;
import io.github.zklb.codec.Printable;
import io.github.zklb.membership.Membership.State;
import io.github.zklb.membership.Membership.Stored;
import io.github.zklb.membership.Worker.Alarm;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * The sentences that say why a service's membership is in its state. What others wrote is escaped in them.
 *
 * @param serviceId the service's id
 * @param path the path of its directory
 * @param connectString the servers to which the client connects now
 * @param trouble why there is no connection, as far as it is known
 * @param polled whether the server keeps no watches
 * @param identity as whom the client asks, if it has authenticated itself
 * @param silentSince since when there has been no connection; empty if there is one
 * @param lines writes what is logged of the states of all services
 */
public record Causes(
        String serviceId,
        String path,
        Supplier<String> connectString,
        Supplier<Optional<String>> trouble,
        BooleanSupplier polled,
        Optional<String> identity,
        Supplier<Optional<Instant>> silentSince,
        StateLines lines) {

    private static final String PERHAPS_THE_SECRET =
            ", or correct the secret in zk-lb.zookeeper.auth: ZooKeeper does not say that a password is wrong";

    /** Escapes the id and the path. */
    public Causes {
        serviceId = Printable.of(serviceId);
        path = Printable.of(path);
    }

    /**
     * Why nothing is known of ZooKeeper: there is no connection.
     *
     * @param since since when the service has had no answer; the connection may have been silent before
     */
    String noAnswer(Instant since) {
        Instant from = silentSince.get().filter(lost -> lost.isBefore(since)).orElse(since);
        return "ZooKeeper at %s has not answered since %s%s"
                .formatted(ensemble(), from.truncatedTo(ChronoUnit.SECONDS), knownTrouble());
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
            case LOADING -> Message.NOT_LOADED.of("service %s is not loaded: %s".formatted(serviceId, silence));
            case STALE ->
                stored == null
                        ? Message.MAY_BE_OUT_OF_DATE.of(
                                "service %s may be out of date: %s".formatted(serviceId, silence))
                        : Message.SERVED_AS_IT_WAS_STORED.of(
                                "service %s is served as it was stored, confirmed last at %s (zk-lb.membership.store-directory): %s"
                                        .formatted(
                                                serviceId,
                                                stored.confirmed().truncatedTo(ChronoUnit.SECONDS),
                                                silence));
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
                Message.NO_SUCH_SERVICE_YET.of(
                        "no such service yet: ZooKeeper at %s has no node %s; an instance of %s that registers there is seen at once"
                                .formatted(ensemble(), path, serviceId));
            case DENIED ->
                Message.DENIED.of("service %s is denied: this client%s may not list %s; grant it READ on that node%s"
                        .formatted(
                                serviceId,
                                identity.map(who -> " (" + who + ")").orElse(""),
                                path,
                                identity.isEmpty() ? "" : PERHAPS_THE_SECRET));
        };
    }

    /**
     * Logs what becomes of services. What befalls several within a second, ZooKeeper's silence and its end, is one line. Used by
     * the worker only.
     */
    public static final class StateLines {

        private static final Logger log = LoggerFactory.getLogger(ServiceMembership.class);
        private static final Duration TOGETHER = Duration.ofSeconds(1);
        private static final int NAMED = 10;

        private final Worker worker;
        private final Alarm due;
        private final Set<String> services = new HashSet<>();
        private final Map<String, Membership> waiting = new TreeMap<>();

        /** No service is known yet. */
        public StateLines(Worker worker) {
            this.worker = worker;
            this.due = new Alarm(worker, this::writeWaiting);
        }

        /**
         * A service has come to another state, or has another cause of a trouble.
         *
         * @param ended whether the state ends ZooKeeper's silence
         */
        void tell(String serviceId, Membership now, boolean ended) {
            services.add(serviceId);
            boolean unsaid = ended && waiting.remove(serviceId) != null;
            if (unsaid) {
                return;
            }
            if (services.size() > 1 && (ended || now.state() == State.STALE || now.state() == State.LOADING)) {
                waiting.put(serviceId, now);
                due.setFor(worker.nanoTime() + TOGETHER.toNanos());
            } else {
                waiting.remove(serviceId);
                write(now.state(), now.cause());
            }
        }

        void forget(String serviceId) {
            services.remove(serviceId);
            waiting.remove(serviceId);
        }

        private void writeWaiting() {
            Map<State, Map<String, String>> causes = new EnumMap<>(State.class);
            waiting.forEach((id, of) ->
                    causes.computeIfAbsent(of.state(), state -> new TreeMap<>()).put(id, of.cause()));
            waiting.clear();
            causes.forEach((state, of) -> write(state, words(state, of)));
        }

        private static String words(State state, Map<String, String> causes) {
            String first = causes.values().iterator().next();
            if (causes.size() == 1) {
                return first;
            }
            String names = causes.keySet().stream().limit(NAMED).collect(Collectors.joining(", "));
            String services = causes.size() + " services (" + names + (causes.size() > NAMED ? ", …" : "") + ") ";
            return switch (state) {
                case STALE -> services + "may be out of date: " + first.substring(first.indexOf(": ") + 2);
                case LOADING -> services + "are not loaded: " + first.substring(first.indexOf(": ") + 2);
                default -> services + "are up to date again";
            };
        }

        private static void write(State state, String words) {
            log.atLevel(isTrouble(state) ? Level.WARN : Level.INFO).log("{}", words);
        }

        static boolean isTrouble(State state) {
            return state != State.SYNCED && state != State.ABSENT;
        }
    }

    private String knownTrouble() {
        return trouble.get().map(words -> ": " + words).orElse("");
    }

    private String ensemble() {
        return Printable.of(connectString.get());
    }
}
