package io.github.zklb.membership;

import io.github.zklb.Endpoint;
import org.jspecify.annotations.Nullable;

/**
 * A child of a service's directory, as it was last read.
 *
 * @param created the zxid of the node's creation, or {@link #UNKNOWN}
 * @param modified the zxid of the last change of its data, or {@link #UNKNOWN}
 * @param endpoint the endpoint of its last valid content, or null if it never had any
 * @param valid whether it could be read and its content is valid
 */
public record Registration(
        long created, long modified, @Nullable Endpoint endpoint, boolean valid) {

    /** Less than any zxid. */
    static final long UNKNOWN = -1;

    /** A node that was never readable. */
    static final Registration UNREAD = new Registration(UNKNOWN, UNKNOWN, null, false);

    /** The same registration, whose content has to be looked at again whatever its version. */
    Registration unread() {
        return new Registration(created, UNKNOWN, endpoint, false);
    }

    /** The same registration, from a history that is over. */
    Registration outOfHistory() {
        return new Registration(UNKNOWN, UNKNOWN, endpoint, valid);
    }

    /** Whether this one was registered after the other; of two from one transaction, the greater id counts as later. */
    boolean isNewerThan(Registration other) {
        if (created != other.created || endpoint == null || other.endpoint == null) {
            return created > other.created;
        }
        return endpoint.id().compareTo(other.endpoint.id()) > 0;
    }
}
