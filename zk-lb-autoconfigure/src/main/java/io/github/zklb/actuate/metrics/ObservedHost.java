package io.github.zklb.actuate.metrics;

import io.micrometer.observation.Observation;
import org.jspecify.annotations.Nullable;
import org.springframework.http.client.ClientHttpRequest;
import org.springframework.http.client.observation.ClientRequestObservationContext;
import org.springframework.util.ClassUtils;
import org.springframework.web.reactive.function.client.ClientRequest;

/** The host of the request that an observation of one of Spring's HTTP clients is about. */
final class ObservedHost {

    private static final boolean WEBFLUX = ClassUtils.isPresent(
            "org.springframework.web.reactive.function.client.ClientRequestObservationContext",
            ObservedHost.class.getClassLoader());

    private ObservedHost() {}

    /** Whether the observation is one of Spring's HTTP clients'. */
    static boolean isOfClient(Observation.ContextView observed) {
        return observed instanceof ClientRequestObservationContext || WEBFLUX && Reactive.isOfClient(observed);
    }

    /** The host as the caller named it, which is the id of a service that is balanced; null if there is none. */
    static @Nullable String of(Observation.ContextView observed) {
        if (observed instanceof ClientRequestObservationContext blocking) {
            ClientHttpRequest request = blocking.getCarrier();
            return request == null ? null : request.getURI().getHost();
        }
        return WEBFLUX ? Reactive.host(observed) : null;
    }

    /** Apart, since WebFlux may be missing. */
    private static final class Reactive {

        static boolean isOfClient(Observation.ContextView observed) {
            return observed instanceof org.springframework.web.reactive.function.client.ClientRequestObservationContext;
        }

        static @Nullable String host(Observation.ContextView observed) {
            if (observed
                    instanceof
                    org.springframework.web.reactive.function.client.ClientRequestObservationContext reactive) {
                ClientRequest request = reactive.getRequest();
                return request == null ? null : request.url().getHost();
            }
            return null;
        }
    }
}
