package io.github.zklb.springcloud.webclient;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.calls.CallLoads;
import io.github.zklb.calls.CountedCall;
import io.github.zklb.calls.Failures;
import io.github.zklb.calls.LoadSettings;
import io.github.zklb.calls.RefusalListener;
import io.github.zklb.springcloud.ClientCalls;
import io.github.zklb.testing.FreePorts;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.http.client.reactive.ClientHttpConnector;
import org.springframework.http.client.reactive.JdkClientHttpConnector;
import org.springframework.http.client.reactive.ReactorClientHttpConnector;
import org.springframework.web.reactive.function.client.ExchangeFilterFunction;
import org.springframework.web.reactive.function.client.WebClient;

/** An instance that refuses leaves those that are held; a host that a filter of the caller's calls says nothing of it. */
class RefusalsTest {

    private final Endpoint endpoint = Endpoint.of("127.0.0.1", FreePorts.next());
    private final CallLoads loads = new CallLoads(System::nanoTime, () -> LoadSettings.DEFAULTS);
    private final List<String> refused = new CopyOnWriteArrayList<>();
    private final ClientCalls calls = (serviceId, address, context) -> new CountedCall(
            Objects.requireNonNull(loads.start(address)), Failures.DEFAULTS, address, new RefusalListener(refused));

    static List<ClientHttpConnector> connectors() {
        return List.of(new ReactorClientHttpConnector(), new JdkClientHttpConnector());
    }

    @ParameterizedTest
    @MethodSource("connectors")
    void anInstanceThatRefusesIsToldOf(ClientHttpConnector connector) {
        send(connector, (request, next) -> next.exchange(request));
        assertThat(refused).containsExactly(endpoint.address());
        assertThat(loads.of(endpoint).errorsInARow()).isEqualTo(1);
    }

    @ParameterizedTest
    @MethodSource("connectors")
    void anotherHostThatRefusesIsNot(ClientHttpConnector connector) {
        WebClient tokens = WebClient.builder().clientConnector(connector).build();
        String url = "http://127.0.0.1:" + FreePorts.next() + "/token";
        send(
                connector,
                (request, next) -> tokens.get()
                        .uri(url)
                        .retrieve()
                        .bodyToMono(String.class)
                        .then(next.exchange(request)));
        send(
                connector,
                (request, next) -> tokens.get()
                        .uri(url)
                        .retrieve()
                        .bodyToMono(String.class)
                        .onErrorMap(error -> new IllegalStateException("no token", error))
                        .then(next.exchange(request)));
        assertThat(refused).isEmpty();
        assertThat(loads.of(endpoint).errorsInARow()).isZero();
        assertThat(loads.inFlight()).isZero();
    }

    private void send(ClientHttpConnector connector, ExchangeFilterFunction callers) {
        loads.retain(HostSet.of(List.of(endpoint)));
        WebClient client = WebClient.builder()
                .clientConnector(connector)
                .filter((request, next) ->
                        CountedExchanges.around(next, "orders", calls).exchange(request))
                .filter(callers)
                .build();
        assertThatThrownBy(() -> client.get()
                        .uri("http://" + endpoint.address() + "/")
                        .retrieve()
                        .toBodilessEntity()
                        .block())
                .isNotNull();
    }
}
