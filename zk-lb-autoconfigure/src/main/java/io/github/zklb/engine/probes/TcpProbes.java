package io.github.zklb.engine.probes;

import io.github.zklb.Endpoint;
import io.github.zklb.calls.ConnectFailure;
import io.github.zklb.codec.HostGrammar;
import io.github.zklb.engine.probes.Probes.Verdict;
import io.github.zklb.membership.WorkerThread;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Probes over asynchronous channels. One thread works for all of them, so that what follows needs no lock; the system
 * tells it of connections on a second one. Names are looked up on a third, since the JDK waits for the answer: that may
 * hang without delaying a probe that needs no name. No thread is started before there is something to probe.
 */
public final class TcpProbes implements Probes {

    private static final int MOST_AT_ONCE = 128;
    private static final int MOST_NAMES_WAITING = 1_000;
    private static final int MOST_ADDRESSES_OF_A_NAME = 16;

    private final Duration timeout;
    private final WorkerThread worker = new WorkerThread("zk-lb-probe");
    private final ThreadPoolExecutor names = new ThreadPoolExecutor(
            1,
            1,
            10,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(MOST_NAMES_WAITING),
            WorkerThread.daemons("zk-lb-probe-names"));
    private final Queue<Attempt> waiting = new ArrayDeque<>();
    private @Nullable AsynchronousChannelGroup channels;
    private int underWay;
    private boolean closed;

    /**
     * Probes nothing yet.
     *
     * @param timeout how long a connection may take to come about
     */
    public TcpProbes(Duration timeout) {
        this.timeout = timeout;
        names.allowCoreThreadTimeOut(true);
    }

    @Override
    public void probe(Endpoint endpoint, Duration delay, Consumer<Verdict> verdict) {
        worker.schedule(
                () -> {
                    waiting.add(new Attempt(endpoint, verdict));
                    startNext();
                },
                delay);
    }

    private void startNext() {
        while (underWay < MOST_AT_ONCE && !waiting.isEmpty()) {
            underWay++;
            waiting.remove().start();
        }
    }

    private AsynchronousSocketChannel newChannel() throws IOException {
        if (channels == null) {
            channels = AsynchronousChannelGroup.withFixedThreadPool(1, WorkerThread.daemons("zk-lb-probe-io"));
        }
        return AsynchronousSocketChannel.open(channels);
    }

    @Override
    public void close() {
        names.shutdownNow();
        worker.execute(() -> {
            closed = true;
            if (channels != null) {
                shutDown(channels);
            }
        });
        worker.close();
    }

    private static void shutDown(AsynchronousChannelGroup group) {
        try {
            group.shutdownNow();
        } catch (IOException e) {
            throw new IllegalStateException("the channels of the probes cannot be closed", e);
        }
    }

    /** One probe that was begun. */
    private final class Attempt {

        private final Endpoint endpoint;
        private final Consumer<Verdict> verdict;
        private final List<AsynchronousSocketChannel> open = new ArrayList<>();
        private final Set<Verdict> failures = EnumSet.noneOf(Verdict.class);
        private Runnable cancelTimeout = () -> {};
        private int pending;
        private boolean ended;

        Attempt(Endpoint endpoint, Consumer<Verdict> verdict) {
            this.endpoint = endpoint;
            this.verdict = verdict;
        }

        /** A name without an answer says nothing of the endpoint, however long it takes. */
        void start() {
            cancelTimeout =
                    worker.schedule(() -> end(pending == 0 ? Verdict.LOCAL_TROUBLE : Verdict.TIMED_OUT), timeout);
            if (HostGrammar.address(endpoint.host()).isPresent()) {
                connect(resolved());
                return;
            }
            try {
                names.execute(() -> {
                    InetAddress[] addresses = resolved();
                    worker.execute(() -> connect(addresses));
                });
            } catch (RejectedExecutionException tooManyWait) {
                end(Verdict.LOCAL_TROUBLE);
            }
        }

        private InetAddress[] resolved() {
            try {
                return InetAddress.getAllByName(endpoint.host());
            } catch (UnknownHostException e) {
                return new InetAddress[0];
            }
        }

        /** Any of the addresses will do: a client may choose any, or try one after the other. */
        private void connect(InetAddress[] addresses) {
            if (ended) {
                return;
            }
            if (addresses.length == 0) {
                end(Verdict.LOCAL_TROUBLE);
                return;
            }
            List<InetAddress> tried =
                    Arrays.asList(addresses).subList(0, Math.min(addresses.length, MOST_ADDRESSES_OF_A_NAME));
            pending = tried.size();
            tried.forEach(address -> connect(new InetSocketAddress(address, endpoint.port())));
        }

        private void connect(InetSocketAddress to) {
            try {
                AsynchronousSocketChannel channel = newChannel();
                open.add(channel);
                channel.connect(to, null, new CompletionHandler<@Nullable Void, @Nullable Object>() {
                    @Override
                    public void completed(@Nullable Void nothing, @Nullable Object attached) {
                        worker.execute(() -> end(Verdict.CONNECTED));
                    }

                    @Override
                    public void failed(Throwable error, @Nullable Object attached) {
                        worker.execute(() -> noConnection(verdictOf(error)));
                    }
                });
            } catch (IOException | RuntimeException e) {
                noConnection(Verdict.LOCAL_TROUBLE);
            }
        }

        /** What the other addresses say counts for more than that one is of a kind which this host does not reach. */
        private void noConnection(Verdict failure) {
            failures.add(failure);
            pending--;
            if (pending == 0) {
                boolean silent = failures.contains(Verdict.TIMED_OUT);
                boolean refused = failures.contains(Verdict.REFUSED);
                end(silent ? Verdict.TIMED_OUT : refused ? Verdict.REFUSED : Verdict.LOCAL_TROUBLE);
            }
        }

        private void end(Verdict outcome) {
            if (ended || closed) {
                return;
            }
            ended = true;
            cancelTimeout.run();
            open.forEach(TcpProbes::close);
            underWay--;
            startNext();
            verdict.accept(outcome);
        }
    }

    /** The kernel's word that there is no route to a host is what a network says of a host that is gone. */
    private static Verdict verdictOf(Throwable error) {
        if (ConnectFailure.isRefusal(error)) {
            return Verdict.REFUSED;
        }
        boolean silent = error instanceof NoRouteToHostException
                || (error instanceof ConnectException
                        && String.valueOf(error.getMessage()).contains("timed out"));
        return silent ? Verdict.TIMED_OUT : Verdict.LOCAL_TROUBLE;
    }

    private static void close(AsynchronousSocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            // there is nothing left to close
        }
    }
}
