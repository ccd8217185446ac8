package io.github.zklb.clients;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.springframework.context.ConfigurableApplicationContext;

/** The running applications of one test, one for all kinds of clients that share it; started when first asked for. */
final class Applications implements AutoCloseable {

    private final Map<ClientApplication, ConfigurableApplicationContext> running = new HashMap<>();
    private final Map<ClientKind, BalancedClient> clients = new HashMap<>();
    private final String connectString;
    private final List<String> properties;

    Applications(String connectString, String... properties) {
        this.connectString = connectString;
        this.properties = List.of(properties);
    }

    /** The client of a kind. */
    BalancedClient client(ClientKind kind) {
        return clients.computeIfAbsent(kind, any -> kind.client(context(kind)));
    }

    /** The application that has it. */
    ConfigurableApplicationContext context(ClientKind kind) {
        return running.computeIfAbsent(kind.application(), application -> application.start(connectString, properties));
    }

    @Override
    public void close() {
        running.values().forEach(ConfigurableApplicationContext::close);
    }
}
