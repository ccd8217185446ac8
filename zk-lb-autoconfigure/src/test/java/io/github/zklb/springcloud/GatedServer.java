package io.github.zklb.springcloud;

import io.github.zklb.testing.TestServers;
import io.netty.handler.codec.http.HttpResponseStatus;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.netty.DisposableServer;

/** An HTTP server that answers {@code /gate} when it is told to, and whose {@code /stream} has no end. */
public final class GatedServer implements AutoCloseable {

    private final DisposableServer server;
    private volatile Sinks.Empty<Void> gate = Sinks.empty();

    public GatedServer() {
        server = TestServers.create()
                .maxKeepAliveRequests(1) // reactor-netty #4361: see Gateway
                .host("127.0.0.1")
                .port(0)
                .route(routes -> routes.get(
                                "/gate",
                                (request, response) -> gate.asMono()
                                        .then(response.sendString(Mono.just("through"))
                                                .then()))
                        .get(
                                "/status/{code}",
                                (request, response) -> response.status(
                                                HttpResponseStatus.valueOf(Integer.parseInt(request.param("code"))))
                                        .send())
                        .get(
                                "/stream",
                                (request, response) -> response.sse()
                                        .sendString(Flux.concat(Mono.just("data:first\n\n"), Flux.never()))))
                .bindNow();
    }

    public int port() {
        return server.port();
    }

    /** Lets nobody through from now on. */
    public void closeGate() {
        gate = Sinks.empty();
    }

    /** Lets everybody through, those who wait and those to come. */
    public void openGate() {
        gate.tryEmitEmpty();
    }

    @Override
    public void close() {
        server.disposeNow();
    }
}
