package io.github.zklb.sample.demo;

import io.github.zklb.sample.consumer.OrdersClient;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Everything that plays a part: what a step of the demo acts on. */
record Scene(
        DemoSettings settings,
        EmbeddedZooKeeper zookeeper,
        List<Provider> providers,
        List<OrdersClient> clients,
        Progress progress,
        Report report) {

    /**
     * Sends one request.
     *
     * @param client which of the clients sends it, counted round and round
     * @param user the user that it is for, or null for none
     * @return the provider that answered
     */
    Provider call(int client, @Nullable String user) {
        String answer = clients.get(client % clients.size()).call(user);
        for (Provider provider : providers) {
            if (provider.answer().equals(answer)) {
                return provider;
            }
        }
        throw new IllegalStateException("an unknown provider answered: " + answer);
    }

    /** Waits until the requests go to exactly the given providers. */
    void awaitServing(Collection<Provider> expected) throws Exception {
        int round = 2 * expected.stream().mapToInt(Provider::weight).sum();
        Set<Provider> wanted = Set.copyOf(expected);
        Await.until("requests go to " + wanted, () -> seen(round).equals(wanted));
    }

    private Set<Provider> seen(int requests) {
        return IntStream.range(0, requests).mapToObj(i -> call(i, null)).collect(Collectors.toSet());
    }
}
