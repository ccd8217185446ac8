package io.github.zklb.springcloud;

import feign.Request;
import feign.RequestTemplate;
import feign.Response;
import io.github.zklb.Endpoint;
import io.github.zklb.calls.Call;
import io.github.zklb.calls.CallLoads;
import io.github.zklb.calls.CountedCall;
import io.github.zklb.calls.Failures;
import io.github.zklb.springcloud.blocking.CountingLoadBalancerClient;
import io.github.zklb.springcloud.feign.FeignExchange;
import io.github.zklb.springcloud.webclient.CountedExchanges;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.DefaultServiceInstance;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.DefaultRequest;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClient;
import org.springframework.cloud.client.loadbalancer.LoadBalancerProperties;
import org.springframework.cloud.client.loadbalancer.LoadBalancerRequest;
import org.springframework.cloud.client.loadbalancer.reactive.ReactiveLoadBalancer;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpStatusCode;
import org.springframework.mock.http.client.MockClientHttpRequest;
import org.springframework.mock.http.client.MockClientHttpResponse;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import org.springframework.web.reactive.function.client.WebClientRequestException;
import reactor.core.Disposable;
import reactor.core.publisher.Mono;
import reactor.core.publisher.Sinks;
import reactor.util.context.ContextView;

/** Calls without a network, each with an end at random: of the exchange, and of the caller's patience. */
final class VirtualCalls {

    private static final int[] STATUSES = {200, 204, 302, 404, 429, 500, 503};

    private final CallLoads loads;
    private final Random random;
    private final AtomicInteger counted = new AtomicInteger();
    private final CountingLoadBalancerClient client = new CountingLoadBalancerClient(new NoBalancers(), this::start);

    VirtualCalls(CallLoads loads, Random random) {
        this.loads = loads;
        this.random = random;
    }

    int counted() {
        return counted.get();
    }

    private @Nullable CountedCall start(String serviceId, String address, ContextView context) {
        Call call = loads.start(address);
        if (call == null) {
            return null;
        }
        counted.incrementAndGet();
        return new CountedCall(call, Failures.DEFAULTS, address, CountedCall.Listener.NONE);
    }

    /** One to three attempts through the blocking client. */
    void blocking(Endpoint endpoint) {
        ServiceInstance instance = new DefaultServiceInstance("id", "orders", endpoint.host(), endpoint.port(), false);
        for (int attempt = random.nextInt(3); attempt >= 0; attempt--) {
            int end = random.nextInt(8);
            try {
                client.execute(
                        "orders",
                        instance,
                        chosen -> end < 4 ? new MockClientHttpResponse(new byte[0], status()) : raise(end));
            } catch (Throwable expected) {
                continue;
            }
        }
    }

    /** One to three attempts of Feign's at one request. */
    void feign(Endpoint endpoint) {
        LoadBalancerClient chooser = new AlwaysChooses(new ZkServiceInstance("orders", endpoint));
        RequestTemplate template = new RequestTemplate();
        Request request =
                Request.create(Request.HttpMethod.GET, "http://orders/", Map.of(), (Request.Body) null, template);
        for (int attempt = random.nextInt(3); attempt >= 0; attempt--) {
            FeignExchange exchange =
                    new FeignExchange(chooser, new NoBalancers(), (same, options) -> feignResponse(same), this::start);
            try {
                exchange.send(request, new Request.Options(), (same, options) -> {
                    exchange.choose("orders", new DefaultRequest<>());
                    return exchange.execute(same, options);
                });
            } catch (Throwable expected) {
                continue;
            }
        }
    }

    private Response feignResponse(Request request) {
        int end = random.nextInt(8);
        return end < 4
                ? Response.builder().request(request).status(status().value()).build()
                : raise(end);
    }

    /** An exchange of WebClient, perhaps retried, cancelled, timed out, subscribed twice or not at all. */
    void reactive(Endpoint endpoint) {
        ExchangeFunction next = request -> exchange(request, random.nextInt(13));
        ExchangeFunction counting = CountedExchanges.around(next, "orders", this::start);
        try {
            Mono<ClientResponse> exchange = counting.exchange(request(endpoint.address()));
            switch (random.nextInt(8)) {
                case 0 -> exchange.hide();
                case 1 -> cancelSoon(exchange.retry(2));
                case 2 -> cancelSoon(exchange.timeout(Duration.ofNanos(random.nextInt(100_000))));
                case 3 -> cancelSoon(exchange.doOnNext(response -> raise(random.nextInt(8))));
                case 4 -> {
                    cancelSoon(exchange);
                    cancelSoon(exchange);
                }
                default -> cancelSoon(exchange);
            }
        } catch (Throwable expected) {
            return;
        }
    }

    private void cancelSoon(Mono<ClientResponse> exchange) {
        boolean reads = random.nextInt(4) > 0; // else the response is dropped as it is
        Disposable subscription = exchange.flatMap(response -> reads ? response.releaseBody() : Mono.empty())
                .subscribe(end -> {}, error -> {});
        if (random.nextBoolean()) {
            subscription.dispose();
        } else {
            onAnotherThread(subscription::dispose);
        }
    }

    private Mono<ClientResponse> exchange(ClientRequest request, int end) {
        return switch (end) {
            case 0 -> Mono.just(response());
            case 1 -> Mono.just(response(request));
            case 2 -> Mono.error(new IOException("broken off"));
            case 3 -> Mono.error(new AssertionError("by the caller"));
            case 4 -> Mono.defer(() -> Mono.just(response()).doOnNext(response -> raise(random.nextInt(8))));
            case 5 -> Mono.fromSupplier(() -> raise(random.nextInt(8)));
            case 6 -> Mono.defer(() -> raise(random.nextInt(8)));
            case 7 -> Mono.empty();
            case 8 -> Mono.never();
            case 9 -> raise(random.nextInt(8));
            case 10 ->
                Mono.error(new WebClientRequestException(
                        new IOException("refused"), request.method(), request.url(), request.headers()));
            default -> answeredByAnotherThread();
        };
    }

    private Mono<ClientResponse> answeredByAnotherThread() {
        Sinks.One<ClientResponse> answer = Sinks.one();
        ClientResponse response = response();
        boolean fails = random.nextBoolean();
        onAnotherThread(() -> {
            if (fails) {
                answer.tryEmitError(new TimeoutException());
            } else {
                answer.tryEmitValue(response);
            }
        });
        return answer.asMono();
    }

    private static void onAnotherThread(Runnable task) {
        ForkJoinPool.commonPool().execute(() -> {
            try {
                task.run();
            } catch (Throwable expected) {
                return;
            }
        });
    }

    /** Reactor takes the missing class for fatal, and throws it past all operators. */
    private static <T> T raise(int what) {
        switch (what) {
            case 4 -> throw new IllegalStateException("by the caller");
            case 5 -> throw new AssertionError("by the caller");
            case 6 -> throw new NoClassDefFoundError("com/example/Missing");
            default -> throw VirtualCalls.<RuntimeException>sneaky(new IOException("refused"));
        }
    }

    @SuppressWarnings("unchecked")
    private static <E extends Throwable> E sneaky(Throwable error) throws E {
        throw (E) error;
    }

    private ClientResponse response() {
        return ClientResponse.create(status()).build();
    }

    private ClientResponse response(ClientRequest request) {
        return ClientResponse.create(status())
                .request(new MockClientHttpRequest(request.method(), request.url()))
                .build();
    }

    private HttpStatusCode status() {
        return HttpStatusCode.valueOf(STATUSES[random.nextInt(STATUSES.length)]);
    }

    private static ClientRequest request(String authority) {
        return ClientRequest.create(HttpMethod.GET, URI.create("http://" + authority + "/"))
                .build();
    }

    /** Has one instance. */
    private record AlwaysChooses(ServiceInstance instance) implements LoadBalancerClient {

        @Override
        public ServiceInstance choose(String serviceId) {
            return instance;
        }

        @Override
        public <T> ServiceInstance choose(
                String serviceId, org.springframework.cloud.client.loadbalancer.Request<T> request) {
            return instance;
        }

        @Override
        public <T> T execute(String serviceId, LoadBalancerRequest<T> request) {
            throw new UnsupportedOperationException();
        }

        @Override
        public <T> T execute(String serviceId, ServiceInstance chosen, LoadBalancerRequest<T> request) {
            throw new UnsupportedOperationException();
        }

        @Override
        public URI reconstructURI(ServiceInstance chosen, URI original) {
            return original;
        }
    }

    /** What the blocking client asks for, with nothing in it. */
    private static final class NoBalancers implements ReactiveLoadBalancer.Factory<ServiceInstance> {

        private final LoadBalancerProperties properties = new LoadBalancerProperties();

        @Override
        public ReactiveLoadBalancer<ServiceInstance> getInstance(String serviceId) {
            throw new UnsupportedOperationException();
        }

        @Override
        public <X> Map<String, X> getInstances(String name, Class<X> type) {
            return Map.of();
        }

        @Override
        public <X> X getInstance(String name, Class<?> clazz, Class<?>... generics) {
            throw new UnsupportedOperationException();
        }

        @Override
        public LoadBalancerProperties getProperties(String serviceId) {
            return properties;
        }
    }
}
