package io.github.zklb.benchmarks.simulator.peers;

import com.google.common.util.concurrent.SettableFuture;
import com.palantir.dialogue.Response;
import com.palantir.dialogue.core.BalancedChannels;
import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.benchmarks.simulator.Client;
import io.github.zklb.benchmarks.simulator.VirtualTime;
import java.util.Random;
import java.util.random.RandomGenerator;

/**
 * Palantir Dialogue's balanced score over all endpoints. It is the selection alone, without Dialogue's limit of requests in
 * flight to each host. It begins anew where endpoints change, as a Dialogue client does, and does not look at weights.
 */
final class Dialogue implements Client {

    private final VirtualTime time;
    private final RandomGenerator random;
    private HostSet hosts;
    private BalancedChannels channels;

    Dialogue(HostSet hosts, VirtualTime time, RandomGenerator random) {
        this.hosts = hosts;
        this.time = time;
        this.random = random;
        this.channels = channels();
    }

    private BalancedChannels channels() {
        return new BalancedChannels(hosts.size(), new Random(random.nextLong()), time::nanos);
    }

    /** It begins anew only if it is another set: a client keeps its channels while its targets stay the same. */
    @Override
    public void update(HostSet next) {
        if (!next.endpoints().equals(hosts.endpoints())) {
            hosts = next;
            channels = channels();
        }
    }

    @Override
    public Sent send(String key) {
        SettableFuture<Response> response = SettableFuture.create();
        Endpoint endpoint = hosts.get(channels.send(response));
        return new PeerCall(endpoint, good -> response.set(BalancedChannels.response(good ? 200 : 500)));
    }
}
