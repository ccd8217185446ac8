package io.github.zklb.membership;

import io.github.zklb.membership.Reading.DirectoryVersion;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Reads the directory of one service. Used by the worker only, one reading at a time. A future that it gives completes
 * on the worker; an exception is a defect, or the end of the reader. The signals of its watch come on any thread; they may be
 * too many, late or repeated, and none of them carries the truth.
 */
public interface DirectoryReader extends AutoCloseable {

    /**
     * Sets the watch again, brings the server up to date, and reads the directory and all its children.
     *
     * @param known the list of children that stands if the directory is still of that version
     */
    CompletableFuture<Reading> renew(@Nullable Known known);

    /**
     * Asks for the version of the directory, and lists it unless its list is known. Reads the children that are not.
     *
     * @param marked the names of children to read in any case
     * @param known the list of children that stands if the directory is still of that version
     */
    CompletableFuture<Reading> read(Set<String> marked, @Nullable Known known);

    /** Whether changes are signalled; if not, the directory has to be polled. */
    boolean isWatched();

    /** A version of the directory with the names of its children. */
    record Known(DirectoryVersion directory, Set<String> ids) {}

    /** Gives up the reading that is under way, and removes the watch. */
    @Override
    void close();

    /** What a watch tells. Called on any thread, and returns at once. */
    interface Signals {

        /**
         * The directory has changed, perhaps.
         *
         * @param child the name of the child that has, or "" for the directory itself
         */
        void changed(String child);

        /** The watch is gone: nothing will be signalled until everything is read again. */
        void watchLost();
    }
}
