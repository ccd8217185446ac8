package io.github.zklb.registration;

import io.github.zklb.Endpoint;
import io.github.zklb.Message;
import io.github.zklb.codec.Printable;
import org.apache.zookeeper.KeeperException.Code;

/** What is to stand in a node; another object for each time that it is asked for. Used by the registry's worker only. */
final class Content {

    /** No ensemble takes less than this in one request. */
    private static final int SMALL = 16 * 1024;

    /** A connection may break by chance while something is written, but not so often in a row; Curator has tried each time. */
    private static final int MOST_BREAKS = 2;

    final Endpoint endpoint;
    final byte[] data;
    private int breaks;

    Content(Endpoint endpoint, byte[] data) {
        this.endpoint = endpoint;
        this.data = data;
    }

    /**
     * Whether the servers seem to close the connection because of this, as they do when a request is too large for them.
     *
     * @param code what became of the last attempt to write it
     */
    boolean breaksTheConnection(Code code) {
        breaks = code == Code.CONNECTIONLOSS ? breaks + 1 : 0;
        return data.length > SMALL && breaks >= MOST_BREAKS;
    }

    /** What whoever waits is told then. */
    Exception tooLarge(String path) {
        return new IllegalStateException(
                Message.A_REGISTRATION_THAT_IS_TOO_LARGE.of(Printable.of(path) + ": the connection broke"
                        + " each time that its " + data.length
                        + " bytes were written, which happens when they are more than the servers take in one request (jute.maxbuffer);"
                        + " register less metadata"));
    }
}
