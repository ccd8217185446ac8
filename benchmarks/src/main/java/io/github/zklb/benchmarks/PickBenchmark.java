package io.github.zklb.benchmarks;

import io.github.zklb.calls.PickCounts;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** The time of a pick, all threads picking from the same balancer. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@SuppressWarnings("NullAway.Init") // JMH sets the fields.
public class PickBenchmark {

    /** What picks. */
    @Param
    public Contender contender;

    /** The size of the fleet. */
    @Param({"10", "1000", "10000"})
    public int endpoints;

    /** Whether each pick is counted, as those of an application with meters are. */
    @Param({"false", "true"})
    public boolean counted;

    private final PickCounts counts = new PickCounts();
    private Pick pick;

    /** Makes the balancer, and lets it build what it builds at its first pick. */
    @Setup
    public void prepare() {
        pick = contender.pick(endpoints);
        pick.pick(0);
        counts.begin();
    }

    /** One pick for the next key. */
    @Benchmark
    public @Nullable Object pick(Requests requests) {
        Object picked = pick.pick(requests.next());
        if (counted) {
            counts.given();
        }
        return picked;
    }

    /** The requests of one thread. */
    @State(Scope.Thread)
    public static class Requests {

        private static final AtomicInteger THREADS = new AtomicInteger();

        private int next = THREADS.getAndIncrement() * (Keys.COUNT / 2 + 1);

        int next() {
            return next++ & Keys.COUNT - 1;
        }
    }
}
