package io.github.zklb.springcloud.webclient;

import io.github.zklb.springcloud.NoInstanceException;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.EmptyResponse;
import org.springframework.cloud.client.loadbalancer.Response;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import reactor.core.publisher.Mono;

/**
 * Keeps, for one request of WebClient's, why there is no instance. The stock filters know what is to be done then, and
 * whom to tell, but not the reason: they are given an empty choice, and their response is replaced.
 */
final class Vacancy {

    private @Nullable NoInstanceException reason;

    private Vacancy() {}

    /** The response of a stock filter, or one of the same status that says why there was no instance. */
    static Mono<ClientResponse> explained(ClientRequest request, Mono<ClientResponse> answer) {
        return Mono.defer(() -> {
            Vacancy vacancy = new Vacancy();
            return answer.map(response -> vacancy.explain(request, response))
                    .contextWrite(context -> context.put(Vacancy.class, vacancy));
        });
    }

    /** A choice for such a request, which is empty instead of an error when there is no instance. */
    static Mono<Response<ServiceInstance>> noted(Mono<Response<ServiceInstance>> choice) {
        return Mono.deferContextual(context -> context.get(Vacancy.class).note(choice));
    }

    private Mono<Response<ServiceInstance>> note(Mono<Response<ServiceInstance>> choice) {
        reason = null; // An earlier attempt may have left its own.
        return choice.onErrorResume(NoInstanceException.class, none -> {
            reason = none;
            return Mono.just(new EmptyResponse());
        });
    }

    private ClientResponse explain(ClientRequest request, ClientResponse response) {
        return reason == null ? response : UnavailableResponse.to(request, reason);
    }
}
