package io.github.zklb.benchmarks.simulator;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Some clients that send requests to some servers, at random times and with keys of which some are frequent. After a while
 * the first servers become faulty; a second later the counting begins. The same seed gives the same outcome.
 */
final class Simulation {

    static final int SERVERS = 20;
    static final int CLIENTS = 4;
    static final int KEYS = 10_000;
    static final double SKEW = 1.1;

    /** When servers become faulty, in nanoseconds as all times. */
    static final long FAULTS_AT = TimeUnit.SECONDS.toNanos(2);

    /** From when on requests are counted: the faults are known by then. */
    static final long COUNTED_FROM = TimeUnit.SECONDS.toNanos(3);

    /** Until when requests are sent. */
    static final long COUNTED_UNTIL = TimeUnit.SECONDS.toNanos(9);

    /** How long a client waits for an answer. */
    static final long TIME_OUT = TimeUnit.SECONDS.toNanos(1);

    private static final int PORT = 8080;
    private static final Zipf POPULARITY = new Zipf(KEYS, SKEW);

    private final VirtualTime time = new VirtualTime();
    private final Tally tally = new Tally(SERVERS, COUNTED_FROM);
    private final Scenario scenario;
    private final RandomGenerator arrivals;
    private final int faulty;
    private final List<Endpoint> endpoints;
    private final Map<Endpoint, Integer> numbers;
    private final List<Server> servers;
    private final List<Client> clients;

    private Simulation(Balancing balancing, Scenario scenario, int faulty, long seed) {
        this.scenario = scenario;
        this.faulty = faulty;
        SplittableRandom random = new SplittableRandom(seed);
        arrivals = random.split();
        endpoints = IntStream.range(0, SERVERS)
                .mapToObj(number -> Endpoint.of("server-" + number, PORT))
                .toList();
        numbers = IntStream.range(0, SERVERS).boxed().collect(Collectors.toMap(endpoints::get, Function.identity()));
        servers = Stream.generate(() -> new Server(time, random.split()))
                .limit(SERVERS)
                .toList();
        HostSet atFirst = HostSet.of(IntStream.range(0, SERVERS)
                .filter(number -> behaviour(number) != Behaviour.COLD)
                .mapToObj(endpoints::get)
                .toList());
        clients = Stream.generate(() -> new Client(balancing, atFirst, time, random.split()))
                .limit(CLIENTS)
                .toList();
    }

    /**
     * Runs one simulation after the other, each server being the first faulty one in one of them: so it does not matter
     * whose keys are frequent.
     */
    static Outcome run(Balancing balancing, Scenario scenario, long seed) {
        return Tally.outcome(IntStream.range(0, SERVERS)
                .parallel()
                .mapToObj(faulty -> once(balancing, scenario, faulty, seed + faulty))
                .toList());
    }

    /** Runs one simulation with a given first faulty server. */
    static Tally once(Balancing balancing, Scenario scenario, int faulty, long seed) {
        return new Simulation(balancing, scenario, faulty, seed).run();
    }

    private Tally run() {
        time.after(FAULTS_AT, this::spoil);
        long interval = Client.INTERVAL.toNanos();
        for (int i = 0; i < CLIENTS; i++) {
            sweep(clients.get(i), interval * (i + 1) / CLIENTS);
        }
        arrive();
        time.runUntil(COUNTED_UNTIL + TIME_OUT);
        return tally;
    }

    private Behaviour behaviour(int number) {
        return scenario.behaviour((number - faulty + SERVERS) % SERVERS);
    }

    private void spoil() {
        IntStream.range(0, SERVERS).forEach(number -> servers.get(number).become(behaviour(number)));
        clients.forEach(client -> client.update(HostSet.of(endpoints)));
    }

    private void sweep(Client client, long after) {
        time.after(after, () -> {
            client.sweep();
            sweep(client, Client.INTERVAL.toNanos());
        });
    }

    private void arrive() {
        double mean = (double) TimeUnit.SECONDS.toNanos(1) / scenario.requestsPerSecond;
        time.after((long) (mean * arrivals.nextExponential()), () -> {
            if (time.nanos() < COUNTED_UNTIL) {
                send(clients.get(arrivals.nextInt(CLIENTS)), "user-" + POPULARITY.draw(arrivals));
                arrive();
            }
        });
    }

    private void send(Client client, String key) {
        Endpoint endpoint = client.pick(key);
        int number = Objects.requireNonNull(numbers.get(endpoint));
        Request request = new Request(client.start(endpoint), time, tally);
        tally.sent(number, number == faulty, time.nanos());
        time.after(TIME_OUT, request::timeOut);
        servers.get(number).accept(request);
    }
}
