package io.github.zklb.policy;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where the overlays and the policies of services come from. Thread-safe. */
public interface OverlaySource {

    /** Has none for any service. */
    OverlaySource NONE = new OverlaySource() {

        @Override
        public String application() {
            return "";
        }

        @Override
        public Watched watch(String serviceId, Runnable changed) {
            return List::of;
        }
    };

    /** The name of this application, by which an overlay may mean it. */
    String application();

    /**
     * Begins to watch those of a service, of which there are none until they have been read.
     *
     * @param changed runs when they are others, on any thread: it must not wait
     */
    Watched watch(String serviceId, Runnable changed);

    /** The overlays and the policy of a service, for as long as it is not closed. */
    @FunctionalInterface
    interface Watched extends AutoCloseable {

        /** As they were last read: while nothing can be read they stay the same. One volatile read. */
        List<OverlayNode> nodes();

        /** The policy as it was last read; null if there is none. One volatile read. */
        default @Nullable PolicyNode policy() {
            return null;
        }

        /** Whether they have ever been read: none are not the same as none that are known. */
        default boolean areRead() {
            return true;
        }

        @Override
        default void close() {}
    }
}
