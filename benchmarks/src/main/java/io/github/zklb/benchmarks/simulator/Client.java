package io.github.zklb.benchmarks.simulator;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;

/** A client, which knows of the endpoints what its own calls tell it. */
public interface Client {

    /** Takes over another host set. */
    void update(HostSet next);

    /** Does what is due by now; comes every second. */
    default void sweep() {}

    /** Picks an endpoint for a request of a key, and counts the request as sent. */
    Sent send(String key);

    /** Where its picks went, as far as it tells of that. */
    default Record record() {
        return Record.NONE;
    }

    /** A request that is on its way. It ends once. */
    interface Sent {

        /** Where it goes. */
        Endpoint endpoint();

        /** What the server reports with the answer, of which it tells at once. */
        default void reported(Load load) {}

        /** There is an answer: 200 or 500. */
        void answered(boolean good);

        /** The caller waited no longer. */
        void gaveUp();

        /** Nobody listens there. */
        void refused();
    }

    /**
     * What a server reports of itself, each as a mean of the last second, which counts less the longer ago it is.
     *
     * @param utilization the part of what it can work on at once that it works on
     * @param perSecond the requests that it ends in a second
     * @param errorsPerSecond those of them that end with an error
     */
    record Load(double utilization, double perSecond, double errorsPerSecond) {}

    /**
     * What a client can tell at the end.
     *
     * @param keyed the picks by key
     * @param spilled those of them that did not go to the owner of the key
     * @param mostCallsToEject the most calls that ended badly at one endpoint until it was ejected
     */
    record Record(long keyed, long spilled, int mostCallsToEject) {

        /** Nothing to tell. */
        public static final Record NONE = new Record(0, 0, 0);
    }
}
