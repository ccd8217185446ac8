package io.github.zklb.policy;

import java.util.List;

/** Where the overlays of services come from. Thread-safe. */
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
     * Begins to watch those of a service, which are empty until they have been read.
     *
     * @param changed runs when they are others, on any thread: it must not wait
     */
    Watched watch(String serviceId, Runnable changed);

    /** The overlays of a service, for as long as it is not closed. */
    @FunctionalInterface
    interface Watched extends AutoCloseable {

        /** As they were last read: while nothing can be read they stay the same. One volatile read. */
        List<OverlayNode> nodes();

        @Override
        default void close() {}
    }
}
