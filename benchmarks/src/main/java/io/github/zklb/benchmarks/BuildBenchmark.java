package io.github.zklb.benchmarks;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** The time that a client needs for its first fleet, and for the next one, of which one endpoint came or went. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@SuppressWarnings("NullAway.Init") // JMH sets the fields.
public class BuildBenchmark {

    /** What is built. */
    @Param
    public Table table;

    /** The size of the fleet. */
    @Param({"1000", "10000"})
    public int endpoints;

    private Fleet all;
    private Fleet oneLess;
    private Build running;
    private boolean whole;

    /** Starts a client with all endpoints. */
    @Setup
    public void prepare() {
        all = table.fleet(endpoints);
        oneLess = all.withoutOne();
        running = table.newBuild();
        running.of(all);
        whole = true;
    }

    /** A client that starts. */
    @Benchmark
    public Object build() {
        return table.newBuild().of(all);
    }

    /** A client that runs, while the same endpoint goes and comes by turns. */
    @Benchmark
    public Object change() {
        whole = !whole;
        return running.of(whole ? all : oneLess);
    }
}
