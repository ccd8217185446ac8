package io.github.zklb.membership;

import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** One complete answer of ZooKeeper about the directory of a service. */
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
     * A directory's place in the history of the ensemble.
     *
     * @param created the zxid of its creation
     * @param changed the zxid of the last change to its list of children
     */
    record DirectoryVersion(long created, long changed) {}

    /** What a child answered. */
    sealed interface Node {}

    /** A child with its place in the history of the ensemble. */
    sealed interface Versioned extends Node {

        /** The zxid of its creation. */
        long created();

        /** The zxid of the last change of its data. */
        long modified();
    }

    /**
     * The content of a child.
     *
     * @param created the zxid of its creation
     * @param modified the zxid of its last change of data
     * @param data the data, which nobody changes any more
     */
    record Content(long created, long modified, byte[] data) implements Versioned {}

    /**
     * A child that was not read, because its content would break the connection.
     *
     * @param created the zxid of its creation
     * @param modified the zxid of its last change of data
     * @param bytes the size of its content
     */
    record Oversized(long created, long modified, int bytes) implements Versioned {}

    /** This client is not allowed to read the child. */
    record Unreadable() implements Node {}
}
