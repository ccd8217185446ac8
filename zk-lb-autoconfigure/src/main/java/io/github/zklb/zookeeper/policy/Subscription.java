package io.github.zklb.zookeeper.policy;

import io.github.zklb.policy.OverlayNode;
import io.github.zklb.policy.OverlaySource.Watched;
import java.util.List;
import java.util.function.Consumer;

/** A service that wants the overlays of its directory, and of all services. */
final class Subscription implements Watched {

    private final String directory;
    private final Runnable changed;
    private final Consumer<Subscription> end;
    private volatile List<OverlayNode> nodes = List.of();

    /**
     * Has none yet.
     *
     * @param changed runs when there are others
     * @param end runs when they are not wanted any more
     */
    Subscription(String directory, Runnable changed, Consumer<Subscription> end) {
        this.directory = directory;
        this.changed = changed;
        this.end = end;
    }

    String directory() {
        return directory;
    }

    @Override
    public List<OverlayNode> nodes() {
        return nodes;
    }

    void take(List<OverlayNode> next) {
        if (!next.equals(nodes)) {
            nodes = next;
            changed.run();
        }
    }

    @Override
    public void close() {
        end.accept(this);
    }
}
