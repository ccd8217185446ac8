package io.github.zklb.benchmarks.simulator;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/** Who sends how much to whom, and what goes wrong. */
record Setup(Fleet fleet, Load load, Course course) {

    /** 20 servers of weight 1 that work on 32 requests at once. */
    static final Fleet TWENTY = new Fleet(equal(20), 32, 0);

    /** 6,000 requests a second by 4 clients, of keys of which some are frequent; they wait for 1 s. */
    static final Load USUAL = new Load(4, 6_000, 0, 1.1, 1);

    /**
     * The servers.
     *
     * @param weights the weight of each
     * @param slots the requests that a server works on at once, for each unit of its weight
     * @param errorRate the part of the answers that are errors at each server
     */
    record Fleet(List<Integer> weights, int slots, double errorRate) {

        private static final int PLENTY = 1 << 16;

        /** Servers that work on whatever comes. */
        static Fleet of(List<Integer> weights) {
            return new Fleet(weights, PLENTY, 0);
        }

        int size() {
            return weights.size();
        }
    }

    /**
     * What the clients do.
     *
     * @param clients how many there are
     * @param perSecond the requests that all of them together send in a second, at random times
     * @param inFlight the requests that are in flight all the time instead, where the next one is sent when one ends; or 0
     * @param skew the exponent of Zipf's law, by which some keys are more frequent than others; 0 for all alike
     * @param timeOut how long they wait for an answer, in seconds
     */
    record Load(int clients, double perSecond, int inFlight, double skew, double timeOut) {

        private static final double VERY_LONG = 3_600;

        /** One patient client. */
        static Load perSecond(double requests) {
            return new Load(1, requests, 0, 0, VERY_LONG);
        }

        /** One patient client that always has as many requests in flight. */
        static Load inFlight(int requests) {
            return new Load(1, 0, requests, 0, VERY_LONG);
        }
    }

    /**
     * What happens when, in seconds.
     *
     * @param faultsAt when the first servers become faulty
     * @param from from when on requests are counted
     * @param until until when requests are sent
     * @param faults how the first servers behave then
     */
    record Course(double faultsAt, double from, double until, List<Behaviour> faults) {

        /** Faults after 2 s; what is sent from one second later on counts, for six seconds. */
        static Course usual(Behaviour... faults) {
            return new Course(2, 3, 9, List.of(faults));
        }

        /** Nothing goes wrong. */
        static Course sound(double from, double until) {
            return new Course(0, from, until, List.of());
        }
    }

    static Setup usual(Behaviour... faults) {
        return new Setup(TWENTY, USUAL, Course.usual(faults));
    }

    static List<Integer> equal(int servers) {
        return alternating(servers, 1, 1);
    }

    static List<Integer> alternating(int servers, int even, int odd) {
        return IntStream.range(0, servers)
                .mapToObj(number -> number % 2 == 0 ? even : odd)
                .toList();
    }

    /**
     * What becomes of a server; one that becomes cold is not there before.
     *
     * @param place how many servers it is behind the first faulty one
     */
    Behaviour behaviour(int place) {
        return place < course.faults.size() ? course.faults.get(place) : Behaviour.SOUND;
    }

    static long nanos(double seconds) {
        return Math.round(seconds * TimeUnit.SECONDS.toNanos(1));
    }
}
