package io.github.zklb.clients;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** All kinds of clients there are. */
public final class ClientKinds {

    private ClientKinds() {}

    /** All of them. A new kind is one line here. */
    public static List<ClientKind> all() {
        List<ClientKind> all = new ArrayList<>();
        all.addAll(List.of(SpringClient.values()));
        all.addAll(List.of(GatewayClient.values()));
        return all;
    }

    static Stream<ClientKind> counting() {
        return all().stream().filter(ClientKind::countsCalls);
    }

    static Stream<ClientKind> retrying() {
        return all().stream().filter(kind -> !kind.twoRetries().isEmpty());
    }
}
