package io.github.zklb.springcloud.suppliers;

import java.net.URI;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.LoadBalanced;
import org.springframework.cloud.client.loadbalancer.LoadBalancerProperties;
import org.springframework.cloud.loadbalancer.core.HealthCheckServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.core.ServiceInstanceListSupplier;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.context.ApplicationContext;
import org.springframework.http.HttpStatus;
import org.springframework.util.ClassUtils;
import org.springframework.web.client.RestClient;
import org.springframework.web.reactive.function.client.WebClient;
import org.springframework.web.util.UriComponentsBuilder;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Asks instances for their health on behalf of Spring's health-check supplier. The stock questions go through any client
 * builder of the application's, be it a load-balanced one that takes the host for a service id, and to any port but the
 * one of {@code spring.cloud.loadbalancer.health-check.port}. These go through a builder that is not load-balanced, and to
 * that port.
 */
final class HealthChecks {

    private static final boolean WEB_CLIENT = ClassUtils.isPresent(
            "org.springframework.web.reactive.function.client.WebClient", HealthChecks.class.getClassLoader());

    private HealthChecks() {}

    /** Spring's health-check supplier around another one. */
    static ServiceInstanceListSupplier around(ApplicationContext context, ServiceInstanceListSupplier delegate) {
        LoadBalancerClientFactory clients = context.getBean(LoadBalancerClientFactory.class);
        LoadBalancerProperties properties = Objects.requireNonNull(clients.getProperties(delegate.getServiceId()));
        Integer port = properties.getHealthCheck().getPort();
        Function<URI, Mono<Boolean>> question = WEB_CLIENT ? Reactive.in(context) : Blocking.in(context);
        return new HealthCheckServiceInstanceListSupplier(
                delegate,
                clients,
                (instance, path) -> question.apply(uri(instance, port == null ? instance.getPort() : port, path)));
    }

    private static URI uri(ServiceInstance instance, int port, String path) {
        String slash = path.isEmpty() || path.startsWith("/") ? "" : "/";
        return UriComponentsBuilder.fromUriString((instance.isSecure() ? "https" : "http") + "://" + instance.getHost()
                        + ":" + port + slash + path)
                .build()
                .toUri();
    }

    /** The application's own builder, if it has one that is not load-balanced, else Spring's. */
    private static <B> B builder(ApplicationContext context, Class<B> type, Supplier<B> otherwise) {
        for (ApplicationContext at = context; at != null; at = at.getParent()) {
            for (String name : at.getBeanNamesForType(type)) {
                if (at.findAnnotationOnBean(name, LoadBalanced.class) == null) {
                    return at.getBean(name, type);
                }
            }
        }
        return otherwise.get();
    }

    /** Where WebClient is on the class path. */
    private static final class Reactive {
        static Function<URI, Mono<Boolean>> in(ApplicationContext context) {
            WebClient client = builder(context, WebClient.Builder.class, WebClient::builder)
                    .build();
            return uri -> client.get()
                    .uri(uri)
                    .exchangeToMono(response -> response.releaseBody().thenReturn(response.statusCode()))
                    .map(HttpStatus.OK::isSameCodeAs);
        }
    }

    /** Where it is not; on threads that may block, so that the supplier's time-out counts. */
    private static final class Blocking {
        static Function<URI, Mono<Boolean>> in(ApplicationContext context) {
            RestClient client = builder(context, RestClient.Builder.class, RestClient::builder)
                    .build();
            return uri -> Mono.fromCallable(() -> Optional.ofNullable(
                                    client.get().uri(uri).exchange((request, response) -> response.getStatusCode()))
                            .filter(HttpStatus.OK::isSameCodeAs)
                            .isPresent())
                    .subscribeOn(Schedulers.boundedElastic());
        }
    }
}
