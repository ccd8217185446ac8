package io.github.zklb.calls;

import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The bodies of answers that are being read. A call is in flight until its body has ended, and whoever reads it says so. One who
 * drops it without a word, as some do with an answer that they do not like, must not make its endpoint look busy for ever: such a
 * body ends when a call begins after the garbage collector has found it. Thread-safe.
 */
final class OpenBodies {

    private final Set<Body> open = ConcurrentHashMap.newKeySet();
    private final ReferenceQueue<Object> dropped = new ReferenceQueue<>();

    /**
     * One that is being read.
     *
     * @param reader what is reachable as long as somebody can read it
     */
    Body opened(Call call, Object reader) {
        Body body = new Body(call, reader, dropped, open);
        open.add(body);
        return body;
    }

    /** Ends those that nobody can read any more. One volatile read if there is none. */
    void endDropped() {
        for (Reference<?> found = dropped.poll(); found != null; found = dropped.poll()) {
            Body body = (Body) found;
            body.ended(); // the call does not know of it if another thread had ended the call before
            body.call.bodyEnded();
        }
    }

    /** A body that is being read. */
    static final class Body extends PhantomReference<Object> {

        private final Call call;
        private final Set<Body> open;

        private Body(Call call, Object reader, ReferenceQueue<Object> dropped, Set<Body> open) {
            super(reader, dropped);
            this.call = call;
            this.open = open;
        }

        void ended() {
            open.remove(this);
        }
    }
}
