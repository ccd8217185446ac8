package io.github.zklb.membership;

import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;

/**
 * Reads the directory of one service. Used by the worker only, one reading at a time. A future that it gives completes
 * on the worker, and never with an exception. The signals of its watch come on any thread; they may be too many, late or
 * repeated, and none of them carries the truth.
 */
public interface DirectoryReader extends AutoCloseable {

    /** Sets the watch again, brings the server up to date, and reads the directory and all its children. */
    CompletableFuture<Reading> readAll();

    /**
     * Lists the directory and reads some of its children.
     *
     * @param wanted tells by their names which children to read
     */
    CompletableFuture<Reading> read(Predicate<String> wanted);

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
