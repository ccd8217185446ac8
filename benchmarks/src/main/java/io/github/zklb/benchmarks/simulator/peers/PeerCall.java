package io.github.zklb.benchmarks.simulator.peers;

import io.github.zklb.Endpoint;
import io.github.zklb.benchmarks.simulator.Client;
import java.util.function.Consumer;

/**
 * A request of a peer's.
 *
 * @param end hears whether the end was a good answer
 */
record PeerCall(Endpoint endpoint, Consumer<Boolean> end) implements Client.Sent {

    @Override
    public void answered(boolean good) {
        end.accept(good);
    }

    @Override
    public void gaveUp() {
        end.accept(false);
    }

    @Override
    public void refused() {
        end.accept(false);
    }
}
