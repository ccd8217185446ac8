package io.github.zklb.membership;

import io.github.zklb.HostSet;
import java.time.Instant;

/**
 * The endpoints of one service and how far they can be trusted. Immutable.
 *
 * @param hosts all registered endpoints that are valid, also those that are drained or not UP; and those that are held
 * @param state how the endpoints relate to ZooKeeper's own content
 * @param cause a sentence for a human: what is the case and, where there is one, the remedy
 * @param since when the state began, by the wall clock; for endpoints from the last-good store, when ZooKeeper confirmed
 *     them last
 * @param version counts the publications of the service, from 0
 */
public record Membership(HostSet hosts, State state, String cause, Instant since, long version) {

    /** How a list of endpoints relates to ZooKeeper's own content. */
    public enum State {
        /** ZooKeeper has not answered yet, and there is no endpoint. */
        LOADING,
        /** The endpoints are ZooKeeper's, as far as its watches tell. */
        SYNCED,
        /** ZooKeeper does not answer: the endpoints are the last ones that it gave. */
        STALE,
        /** ZooKeeper does not let this client read the service: the endpoints are the last ones that it did give. */
        DENIED,
        /** ZooKeeper has no such service: there is no endpoint. */
        ABSENT,
        /** The endpoints are ZooKeeper's, and some that vanished in a mass and are still served, as far as they are alive. */
        HELD;

        /** Whether this state can only come from an answer of ZooKeeper. */
        boolean isAnswer() {
            return this == SYNCED || this == DENIED || this == ABSENT;
        }

        /** Whether nothing tells that there is such a service. */
        public boolean isUnknown() {
            return this == LOADING || this == ABSENT;
        }

        /** Whether the endpoints are ZooKeeper's present word, and nothing else. */
        public boolean isWhole() {
            return this == SYNCED || this == ABSENT;
        }
    }

    /**
     * The endpoints of a service as the last-good store keeps them.
     *
     * @param hosts the endpoints, at least one
     * @param confirmed when ZooKeeper confirmed them last, by the wall clock
     */
    public record Stored(HostSet hosts, Instant confirmed) {}
}
