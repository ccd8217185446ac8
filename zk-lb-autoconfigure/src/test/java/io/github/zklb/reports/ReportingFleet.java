package io.github.zklb.reports;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Picker;
import io.github.zklb.Strategy;
import io.github.zklb.StrategyContext;
import io.github.zklb.calls.CallLoads;
import io.github.zklb.calls.LoadSettings;
import io.github.zklb.strategy.StrategyCatalogue;
import io.github.zklb.strategy.StrategySettings;
import io.github.zklb.traffic.Candidates;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.Random;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Servers that report their loads, and clients that go by them, in virtual time and by the product's own classes. A server of
 * capacity c uses 1/c seconds of its one processor for a request, one after the other, and a little for itself. The same seed gives the same traffic.
 */
final class ReportingFleet {

    private static final double SECOND = 1e9;

    /** What a server uses when it serves nothing. */
    private static final double IDLE = 0.02;

    private final Random random;
    private final String strategy;
    private final List<Server> servers = new ArrayList<>();
    private final List<Client> clients = new ArrayList<>();
    private final HostSet hosts;
    private double spread;
    private long now;

    /** How a server reports. */
    enum Kind {
        REPORTS,
        SILENT,
        /** It says that it is idle. */
        LIES
    }

    /** A server of a capacity, in requests a second. */
    final class Server {

        private final Kind kind;
        private double capacity;
        private double busy;
        private double freeAt;
        private long requests;

        /** When each of those ends that have not ended. */
        private final Queue<Double> ends = new ArrayDeque<>();

        private final OwnLoad load =
                new OwnLoad(() -> now, () -> (long) (usedNanos() + IDLE * now), () -> 1, () -> Double.NaN);

        Server(Kind kind, double capacity) {
            this.kind = kind;
            this.capacity = capacity;
        }

        void capacity(double other) {
            capacity = other;
        }

        /** One request after the other; what is reported is known before it begins, and counts those that have ended. */
        @Nullable String serve() {
            while (!ends.isEmpty() && ends.element() <= now) {
                ends.remove();
                load.served(true);
            }
            String report = switch (kind) {
                case REPORTS -> load.header("TEXT");
                case SILENT -> null;
                case LIES -> "TEXT application_utilization=0.0001,rps_fractional=100";
            };
            double takes = SECOND * (1 - spread - spread * Math.log(1 - random.nextDouble())) / capacity;
            requests++;
            busy += takes;
            freeAt = Math.max(now, freeAt) + takes;
            ends.add(freeAt);
            return report;
        }

        private double usedNanos() {
            return busy - Math.max(0, freeAt - now);
        }
    }

    private final class Client {

        private final CallLoads loads = new CallLoads(() -> now, () -> LoadSettings.DEFAULTS);
        private final Capacities capacities = new Capacities();
        private final Map<String, String> reports = new HashMap<>();
        private final Strategy made = new StrategyCatalogue(List.of())
                .create(
                        strategy,
                        StrategySettings.DEFAULTS,
                        new StrategyContext("orders", new Random(random.nextLong()), () -> now, loads));
        private ReportedWeights weights = ReportedWeights.of(Candidates.of(hosts), Endpoint::weight, Map.of());
        private Picker picker = made.newPicker(hosts, weights.candidates().acceptance());

        void send() {
            Endpoint picked = Objects.requireNonNull(picker.pick(PickContext.NONE));
            String report = servers.get(picked.port() - 1).serve();
            if (report != null) {
                reports.put(picked.address(), report);
            }
        }

        void eachSecond() {
            reports.forEach(
                    (address, text) -> capacities.note(address, Objects.requireNonNull(LoadReport.parse(text)), now));
            reports.clear();
            ReportedWeights next = ReportedWeights.of(Candidates.of(hosts), Endpoint::weight, capacities.usable(now));
            if (StrategyCatalogue.isWeighted(strategy) && next.differFrom(weights)) {
                weights = next;
                picker = made.newPicker(hosts, weights.candidates().acceptance());
            }
        }
    }

    /** Three servers for each capacity, 25, 50 and 100 requests a second, and four clients. */
    ReportingFleet(String strategy, boolean declared, int others, Kind kind, long seed) {
        this(strategy, declared, others, kind, seed, 25, 4);
    }

    /** Three servers for each capacity, with that of the smallest in requests a second. */
    ReportingFleet(String strategy, boolean declared, int others, Kind kind, long seed, int smallest, int callers) {
        this.strategy = strategy;
        this.random = new Random(seed);
        for (int i = 0; i < 9 + others; i++) {
            servers.add(new Server(i < 9 ? Kind.REPORTS : kind, smallest << i % 3));
        }
        this.hosts = HostSet.of(IntStream.range(0, servers.size())
                .mapToObj(i -> Endpoint.of("h", i + 1).withWeight(declared ? 1 << i % 3 : 1))
                .toList());
        IntStream.range(0, callers).forEach(i -> clients.add(new Client()));
    }

    /** What requests take differs by chance, from 0, all the same, to 1, an exponential distribution. */
    ReportingFleet spread(double other) {
        spread = other;
        return this;
    }

    Server server(int index) {
        return servers.get(index);
    }

    int size() {
        return servers.size();
    }

    /** Traffic for a time, at a part of what all servers together can serve. */
    ReportingFleet run(int seconds, double load) {
        for (int second = 0; second < seconds; second++) {
            double perSecond =
                    load * servers.stream().mapToDouble(each -> each.capacity).sum();
            long from = now;
            int requests = (int) Math.round(perSecond);
            for (int i = 0; i < requests; i++) {
                now = from + Math.round(SECOND * i / requests);
                clients.get(random.nextInt(clients.size())).send();
            }
            now = from + (long) SECOND;
            clients.forEach(Client::eachSecond);
        }
        return this;
    }

    /** The served rate of each server by its capacity, during the traffic for a time. */
    double[] utilization(int seconds, double load) {
        long[] before = servers.stream().mapToLong(each -> each.requests).toArray();
        run(seconds, load);
        return IntStream.range(0, servers.size())
                .mapToDouble(i -> (servers.get(i).requests - before[i]) / servers.get(i).capacity / seconds)
                .toArray();
    }

    /** That of the hottest of some by their mean. */
    static double hottestOverMean(double[] utilization, int some) {
        DoubleStream of = DoubleStream.of(utilization).limit(some);
        double mean = DoubleStream.of(utilization).limit(some).average().orElseThrow();
        return of.max().orElseThrow() / mean;
    }

    static double share(double[] values, int index, ToDoubleFunction<Integer> unit) {
        double sum = IntStream.range(0, values.length)
                .mapToDouble(i -> values[i] * unit.applyAsDouble(i))
                .sum();
        return values[index] * unit.applyAsDouble(index) / sum;
    }
}
