package io.github.zklb.membership;

import io.github.zklb.codec.EndpointDecoder.InvalidNodeException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What came of asking ZooKeeper about the directory of a service. */
public sealed interface Reading {

    /**
     * The directory is there, and everything that was asked for has been answered.
     *
     * @param directory the version of the directory
     * @param parent the version of the node above it, if it was asked for
     * @param ids the names of all its children
     * @param nodes the children that were read; a subset of the ids
     */
    record Listed(
            DirectoryVersion directory, Optional<DirectoryVersion> parent, Set<String> ids, Map<String, Node> nodes)
            implements Reading {}

    /**
     * There is no such directory.
     *
     * @param parent the version of the node above it, unless that is missing, too
     */
    record Missing(Optional<DirectoryVersion> parent) implements Reading {}

    /** This client is not allowed to list the directory. */
    record Denied() implements Reading {}

    /**
     * There is no clear answer.
     *
     * @param words what went wrong
     */
    record Failed(Kind kind, String words) implements Reading {

        /** What decides when to read again. */
        public enum Kind {
            /** The connection ended while answers were under way. */
            CONNECTION_LOST,
            /** ZooKeeper refuses the client's authentication. */
            AUTHENTICATION_REFUSED,
            /** The list of children is too large for this client: soon is not the time to ask again. */
            LIST_TOO_LARGE,
            /** No answer came for long enough. */
            TIMED_OUT,
            /** Anything else, which may pass. */
            OTHER
        }
    }

    /**
     * A directory's place in the history of the ensemble.
     *
     * @param created the zxid of its creation
     * @param changed the zxid of the last change to its list of children
     */
    record DirectoryVersion(long created, long changed) {}

    /** What a child answered. */
    sealed interface Node {}

    /**
     * A child with its place in the history of the ensemble.
     *
     * @param created the zxid of its creation
     * @param modified the zxid of its last change of data
     * @param json its content
     * @param perhapsDirectory whether it looks like a directory for others, and is one unless it registers an endpoint
     */
    record Content(long created, long modified, Json json, boolean perhapsDirectory) implements Node {

        public Content(long created, long modified, Json json) {
            this(created, modified, json, false);
        }
    }

    /** This client is not allowed to read the child. */
    record Unreadable() implements Node {}

    /** The content of a node, which is looked at only if it is news. */
    @FunctionalInterface
    interface Json {

        /**
         * The JSON of the registration.
         *
         * @throws InvalidNodeException if it cannot be had: the message says why
         */
        byte[] bytes() throws InvalidNodeException;
    }
}
