package io.github.zklb.zookeeper.membership;

import io.github.zklb.membership.Reading;
import io.github.zklb.membership.Reading.Listed;
import io.github.zklb.membership.Reading.Oversized;
import io.github.zklb.membership.ReadingFailedException;
import io.github.zklb.membership.ReadingFailedException.Kind;
import java.util.concurrent.CompletionException;
import org.apache.zookeeper.KeeperException.AuthFailedException;
import org.apache.zookeeper.KeeperException.ConnectionLossException;

/**
 * Learns from readings that broke the connection whether an answer is too large for this client, which ZooKeeper does
 * not say: the client closes the connection when it sees the length of such an answer. After a break, sizes are asked
 * for before contents, so that a large node is left out instead of breaking the connection again. A list of children
 * that is too large cannot be left out: it is told after the third break in a row. Used by the worker only.
 */
final class OversizedAnswers {

    private static final int BREAKS_FOR_CERTAINTY = 3;

    private boolean cautious;
    private int breaksAtList;

    /** Whether to ask for sizes first. */
    boolean cautious() {
        return cautious;
    }

    /** A reading came to its end. */
    void read(Reading reading, boolean all) {
        breaksAtList = 0;
        boolean oversized = reading instanceof Listed listed
                && listed.nodes().values().stream().anyMatch(Oversized.class::isInstance);
        cautious = oversized || (cautious && !all);
    }

    /** A reading failed; gives the failure to report. */
    Throwable failed(DirectoryPass pass, Throwable outcome) {
        Throwable failure =
                outcome instanceof CompletionException && outcome.getCause() != null ? outcome.getCause() : outcome;
        if (!(failure instanceof ConnectionLossException)) {
            breaksAtList = 0;
            return failure instanceof AuthFailedException
                    ? new ReadingFailedException(Kind.AUTHENTICATION_REFUSED, "it refuses this client's authentication")
                    : failure;
        }
        cautious |= pass.brokeAtContent() || pass.brokeAtList();
        breaksAtList = pass.brokeAtList() ? breaksAtList + 1 : 0;
        return breaksAtList < BREAKS_FOR_CERTAINTY
                ? new ReadingFailedException(Kind.CONNECTION_LOST, "the connection broke")
                : new ReadingFailedException(
                        Kind.LIST_TOO_LARGE,
                        "the connection breaks at its list of " + pass.children() + " children, which is larger than"
                                + " this client's jute.maxbuffer of " + pass.limit()
                                + " bytes; raise the system property jute.maxbuffer");
    }
}
