package io.github.zklb.testing;

import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;

/** An HTTP server that answers with its own name and is registered nowhere. */
public final class NamedServer implements AutoCloseable {

    private final String name;
    private final DisposableServer server;
    private volatile int status = 200;

    private NamedServer(String name) {
        this.name = name;
        this.server = TestServers.create()
                .host("127.0.0.1")
                .port(0)
                .handle((request, response) -> response.status(status).sendString(Mono.just(name)))
                .bindNow();
    }

    /** Starts a server on a free port. */
    public static NamedServer start(String name) {
        return new NamedServer(name);
    }

    /** Answers with another status from now on. */
    public void answersWith(int newStatus) {
        status = newStatus;
    }

    /** The name that it answers with. */
    public String name() {
        return name;
    }

    /** The port that it listens at. */
    public int port() {
        return server.port();
    }

    @Override
    public void close() {
        server.disposeNow();
    }
}
