package io.github.zklb.zookeeper.policy;

import io.github.zklb.policy.OverlayNode;
import io.github.zklb.policy.OverlaySource.Watched;
import io.github.zklb.policy.PolicyNode;
import io.github.zklb.zookeeper.policy.OverlayPass.Known;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A service that wants the overlays of its directory and of all services, and its policy. */
final class Subscription implements Watched {

    private final String directory;
    private final Runnable changed;
    private final Consumer<Subscription> end;
    private volatile Known last = new Known(List.of(), null);
    private volatile boolean read;

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
        return last.overlays();
    }

    @Override
    public boolean areRead() {
        return read;
    }

    @Override
    public @Nullable PolicyNode policy() {
        return last.policy();
    }

    /**
     * Takes what was read.
     *
     * @param ofAll the overlays of all services
     * @param own what there is of its directory
     */
    void take(List<OverlayNode> ofAll, Known own) {
        List<OverlayNode> overlays = new ArrayList<>(ofAll);
        overlays.addAll(own.overlays());
        Known next = new Known(List.copyOf(overlays), own.policy());
        if (!read || !next.equals(last)) {
            last = next;
            read = true;
            changed.run();
        }
    }

    @Override
    public void close() {
        end.accept(this);
    }
}
