package io.github.zklb.benchmarks.simulator.peers;

import com.twitter.finagle.Address;
import com.twitter.finagle.ClientConnection;
import com.twitter.finagle.NoBrokersAvailableException;
import com.twitter.finagle.Service;
import com.twitter.finagle.ServiceFactory;
import com.twitter.finagle.Status;
import com.twitter.finagle.loadbalancer.EndpointFactory;
import com.twitter.finagle.loadbalancer.PanicMode$;
import com.twitter.finagle.loadbalancer.p2c.P2CLeastLoaded;
import com.twitter.finagle.loadbalancer.p2c.P2CPeakEwma;
import com.twitter.finagle.stats.NullStatsReceiver;
import com.twitter.finagle.util.Rng;
import com.twitter.util.Activity;
import com.twitter.util.Await;
import com.twitter.util.Duration;
import com.twitter.util.Future;
import com.twitter.util.Time;
import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.benchmarks.simulator.Client;
import io.github.zklb.benchmarks.simulator.VirtualTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import scala.collection.immutable.IndexedSeq;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.BoxedUnit;

/**
 * Finagle's power of two choices, by the requests in flight or by the peak of an average of the latency, with its defaults.
 * It is the balancer alone: a real client of Finagle also marks endpoints that fail, by its failure accrual. It does not look
 * at weights.
 */
final class Finagle implements Client {

    private final Map<Endpoint, Factory> factories = new HashMap<>();
    private final ServiceFactory<Object, Object> balancer;
    private @Nullable Endpoint last;

    private Finagle(HostSet hosts, boolean byLatency, VirtualTime time, RandomGenerator random) {
        Activity<IndexedSeq<EndpointFactory<Object, Object>>> endpoints = Activity.value(factories(hosts));
        Rng rng = Rng.apply(new Random(random.nextLong()));
        NoBrokersAvailableException empty = new NoBrokersAvailableException("simulated");
        balancer = byLatency
                ? new P2CPeakEwma<>(
                        endpoints,
                        Duration.fromSeconds(10),
                        time::nanos,
                        PanicMode$.MODULE$.MajorityUnhealthy(),
                        rng,
                        NullStatsReceiver.get(),
                        empty)
                : new P2CLeastLoaded<>(
                        endpoints, PanicMode$.MODULE$.MajorityUnhealthy(), rng, NullStatsReceiver.get(), empty);
    }

    static Finagle leastLoaded(HostSet hosts, VirtualTime time, RandomGenerator random) {
        return new Finagle(hosts, false, time, random);
    }

    static Finagle peakEwma(HostSet hosts, VirtualTime time, RandomGenerator random) {
        return new Finagle(hosts, true, time, random);
    }

    private IndexedSeq<EndpointFactory<Object, Object>> factories(HostSet hosts) {
        List<EndpointFactory<Object, Object>> known = hosts.endpoints().stream()
                .map(endpoint -> (EndpointFactory<Object, Object>) factories.computeIfAbsent(endpoint, Factory::new))
                .toList();
        return CollectionConverters.asScala(known).toVector();
    }

    @Override
    public void update(HostSet next) {
        if (balancer instanceof P2CPeakEwma<Object, Object> peak) {
            peak.update(factories(next));
        } else if (balancer instanceof P2CLeastLoaded<Object, Object> least) {
            least.update(factories(next));
        }
    }

    @Override
    public Sent send(String key) {
        Service<Object, Object> service;
        try {
            service = Await.result(balancer.apply(ClientConnection.nil()));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
        return new PeerCall(Objects.requireNonNull(last), good -> service.close());
    }

    /** One endpoint, a connection to which is there at once. */
    private final class Factory extends ServiceFactory<Object, Object> implements EndpointFactory<Object, Object> {

        private final Endpoint endpoint;

        Factory(Endpoint endpoint) {
            this.endpoint = endpoint;
        }

        @Override
        public Future<Service<Object, Object>> apply(ClientConnection connection) {
            last = endpoint;
            return Future.value(new Connection());
        }

        @Override
        public Address address() {
            return Address.apply(endpoint.port());
        }

        @Override
        public void remake() {}

        @Override
        public Status status() {
            return Status.Open$.MODULE$;
        }

        @Override
        public Future<BoxedUnit> close(Time deadline) {
            return Future.Done();
        }
    }

    private static final class Connection extends Service<Object, Object> {

        @Override
        public Future<Object> apply(Object request) {
            return Future.value(request);
        }
    }
}
