package io.github.zklb.testing;

import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.LoopResources;

/**
 * HTTP servers on threads of their own. An application that closes ends Reactor Netty's global ones, and with them the servers
 * of everybody else in the process.
 */
public final class TestServers {

    private static final LoopResources THREADS = LoopResources.create("test-server", 2, true);

    private TestServers() {}

    /** A server to be configured. */
    public static HttpServer create() {
        return HttpServer.create().runOn(THREADS);
    }
}
