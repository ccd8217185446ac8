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
 * the first servers become faulty; later the counting begins. The same seed gives the same outcome.
 */
final class Simulation {

    private static final int KEYS = 10_000;
    private static final int PORT = 8080;
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    /** What has been sent ends within that time. */
    private static final long LONGEST_REST = 10 * SECOND;

    private static final Map<Double, Zipf> POPULARITY =
            Stream.of(0.0, 1.1).collect(Collectors.toMap(Function.identity(), skew -> new Zipf(KEYS, skew)));

    private final VirtualTime time = new VirtualTime();
    private final Setup setup;
    private final long until;
    private final long timeOut;
    private final Tally tally;
    private final Zipf popularity;
    private final RandomGenerator arrivals;
    private final int faulty;
    private final List<Endpoint> endpoints;
    private final Map<Endpoint, Integer> numbers;
    private final List<Server> servers;
    private final List<Client> clients;

    private Simulation(Balancing balancing, Setup setup, int faulty, long seed) {
        this.setup = setup;
        this.faulty = faulty;
        this.until = Setup.nanos(setup.course().until());
        this.timeOut = Setup.nanos(setup.load().timeOut());
        tally = new Tally(setup.fleet().weights(), Setup.nanos(setup.course().from()));
        popularity = Objects.requireNonNull(POPULARITY.get(setup.load().skew()));
        SplittableRandom random = new SplittableRandom(seed);
        arrivals = random.split();
        endpoints = numbers(setup)
                .mapToObj(number -> Endpoint.of("server-" + number, PORT)
                        .withWeight(setup.fleet().weights().get(number)))
                .toList();
        numbers = numbers(setup).boxed().collect(Collectors.toMap(endpoints::get, Function.identity()));
        servers = numbers(setup)
                .mapToObj(number -> new Server(
                        setup.fleet().slots() * setup.fleet().weights().get(number),
                        setup.fleet().errorRate(),
                        time,
                        random.split()))
                .toList();
        HostSet atFirst = HostSet.of(numbers(setup)
                .filter(number -> behaviour(number) != Behaviour.COLD)
                .mapToObj(endpoints::get)
                .toList());
        clients = Stream.generate(() -> balancing.newClient(atFirst, time, random.split()))
                .limit(setup.load().clients())
                .toList();
    }

    private static IntStream numbers(Setup setup) {
        return IntStream.range(0, setup.fleet().size());
    }

    /**
     * Runs one simulation after the other, each server being the first faulty one in one of them: so it does not matter
     * whose keys are frequent.
     */
    static Outcome run(Balancing balancing, Setup setup, long seed) {
        return Tally.outcome(numbers(setup)
                .parallel()
                .mapToObj(faulty -> once(balancing, setup, faulty, seed + faulty))
                .toList());
    }

    /** Runs one simulation with a given first faulty server. */
    static Tally once(Balancing balancing, Setup setup, int faulty, long seed) {
        return new Simulation(balancing, setup, faulty, seed).run();
    }

    private Tally run() {
        time.after(Setup.nanos(setup.course().faultsAt()), this::spoil);
        for (int i = 0; i < clients.size(); i++) {
            sweep(clients.get(i), SECOND * (i + 1) / clients.size());
        }
        if (setup.load().inFlight() == 0) {
            arrive();
        }
        for (int i = 0; i < setup.load().inFlight(); i++) {
            send();
        }
        time.runUntil(until + Math.min(timeOut, LONGEST_REST));
        tally.told(clients.stream().map(Client::record).toList());
        return tally;
    }

    private Behaviour behaviour(int number) {
        return setup.behaviour(
                (number - faulty + setup.fleet().size()) % setup.fleet().size());
    }

    private void spoil() {
        numbers(setup).forEach(number -> servers.get(number).become(behaviour(number)));
        clients.forEach(client -> client.update(HostSet.of(endpoints)));
    }

    private void sweep(Client client, long after) {
        time.after(after, () -> {
            if (time.nanos() < until) {
                client.sweep();
                sweep(client, SECOND);
            }
        });
    }

    private void arrive() {
        time.after((long) (SECOND / setup.load().perSecond() * Behaviour.exponential(arrivals)), () -> {
            if (time.nanos() < until) {
                send();
                arrive();
            }
        });
    }

    private void send() {
        Client client = clients.get(arrivals.nextInt(clients.size()));
        Client.Sent sent = client.send("user-" + popularity.draw(arrivals));
        int number = Objects.requireNonNull(numbers.get(sent.endpoint()));
        Request request = new Request(sent, time, tally, this::ended);
        tally.sent(number, number == faulty, time.nanos());
        time.after(timeOut, request::timeOut);
        servers.get(number).accept(request);
    }

    private void ended() {
        if (setup.load().inFlight() > 0 && time.nanos() < until) {
            send();
        }
    }
}
