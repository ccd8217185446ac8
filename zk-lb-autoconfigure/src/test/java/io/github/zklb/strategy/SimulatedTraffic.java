package io.github.zklb.strategy;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Picker;
import io.github.zklb.StrategyContext;
import io.github.zklb.calls.Call;
import io.github.zklb.calls.CallLoads;
import io.github.zklb.calls.LoadSettings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * One client that sends requests in virtual time, by the product's own picker and accounting, to endpoints that behave as a
 * test says. The same seed gives the same traffic.
 */
final class SimulatedTraffic {

    private static final double SECOND = 1e9;

    private final HostSet hosts;
    private final Server server;
    private final Random random;
    private final CallLoads loads;
    private final Picker picker;
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final List<Sent> sent = new ArrayList<>();
    private Duration patience = Duration.ofDays(1);
    private long now;
    private long made;

    /** What an endpoint does with a request. */
    @FunctionalInterface
    interface Server {

        /**
         * The answer.
         *
         * @param endpoint its index in the host set
         * @param seconds the time since the beginning
         */
        Answer answer(int endpoint, double seconds, Random random);
    }

    /** An answer that takes a time. */
    record Answer(double milliseconds, boolean good) {

        static Answer in(double milliseconds) {
            return new Answer(milliseconds, true);
        }
    }

    private record Sent(int endpoint, double at) {}

    private record Event(long at, long number, Runnable action) implements Comparable<Event> {

        @Override
        public int compareTo(Event other) {
            return at != other.at ? Long.compare(at, other.at) : Long.compare(number, other.number);
        }
    }

    SimulatedTraffic(String strategy, HostSet hosts, long seed, Server server) {
        this.hosts = hosts;
        this.server = server;
        this.random = new Random(seed);
        this.loads = new CallLoads(() -> now, () -> LoadSettings.DEFAULTS);
        this.picker = new StrategyCatalogue(List.of())
                .create(
                        strategy,
                        StrategySettings.DEFAULTS,
                        new StrategyContext("orders", new Random(seed), () -> now, loads))
                .newPicker(hosts);
    }

    /** Half a time that is the same for each answer, and half by chance. */
    static Answer around(double milliseconds, Random random) {
        return Answer.in(milliseconds / 2 + milliseconds / 2 * -Math.log(1 - random.nextDouble()));
    }

    /** The caller gives up after a time. */
    SimulatedTraffic giveUpAfter(Duration time) {
        patience = time;
        return this;
    }

    /** Sends so many requests a second, at random times. */
    SimulatedTraffic openLoop(double perSecond, double seconds) {
        arrive(perSecond);
        run(seconds);
        return this;
    }

    /** Sends the next request when one is answered, so that as many are in flight all the time. */
    SimulatedTraffic closedLoop(int inFlight, double seconds) {
        IntStream.range(0, inFlight).forEach(i -> send(true));
        run(seconds);
        return this;
    }

    private void arrive(double perSecond) {
        after(-Math.log(1 - random.nextDouble()) / perSecond * SECOND, () -> {
            send(false);
            arrive(perSecond);
        });
    }

    private void send(boolean again) {
        Endpoint picked = Objects.requireNonNull(picker.pick(PickContext.NONE));
        int endpoint = hosts.endpoints().indexOf(picked);
        double seconds = now / SECOND;
        sent.add(new Sent(endpoint, seconds));
        Call call = loads.of(picked).start();
        Answer answer = server.answer(endpoint, seconds, random);
        boolean impatient = answer.milliseconds() * 1e6 > patience.toNanos();
        after(impatient ? patience.toNanos() : answer.milliseconds() * 1e6, () -> {
            if (impatient) {
                call.cancelled();
            } else if (answer.good()) {
                call.succeeded();
            } else {
                call.failed();
            }
            if (again) {
                send(true);
            }
        });
    }

    private void after(double nanos, Runnable action) {
        events.add(new Event(now + Math.max(1, Math.round(nanos)), made++, action));
    }

    private void run(double seconds) {
        long end = (long) (seconds * SECOND);
        for (Event next = events.peek(); next != null && next.at() <= end; next = events.peek()) {
            events.remove();
            now = next.at();
            next.action().run();
        }
    }

    /** The part of all requests between two times that an endpoint was sent. */
    double share(int endpoint, double fromSeconds, double toSeconds) {
        return shares(fromSeconds, toSeconds)[endpoint];
    }

    /** The part of all requests between two times that each endpoint was sent. */
    double[] shares(double fromSeconds, double toSeconds) {
        double[] shares = new double[hosts.size()];
        double all = 0;
        for (Sent each : sent) {
            if (each.at() >= fromSeconds && each.at() < toSeconds) {
                shares[each.endpoint()]++;
                all++;
            }
        }
        for (int i = 0; i < shares.length; i++) {
            shares[i] /= all;
        }
        return shares;
    }
}
