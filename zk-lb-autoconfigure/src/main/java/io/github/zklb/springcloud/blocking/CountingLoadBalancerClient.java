package io.github.zklb.springcloud.blocking;

import io.github.zklb.springcloud.ClientCalls;
import io.github.zklb.springcloud.ClientExchange;
import io.github.zklb.springcloud.Hints;
import io.github.zklb.springcloud.InstanceUrls;
import io.github.zklb.springcloud.Lifecycles;
import io.github.zklb.springcloud.NoInstanceException;
import io.github.zklb.springcloud.RememberingClientFactory;
import io.github.zklb.traffic.CountedCall;
import java.io.IOException;
import java.lang.reflect.UndeclaredThrowableException;
import java.net.URI;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.DefaultRequestContext;
import org.springframework.cloud.client.loadbalancer.HttpRequestLoadBalancerRequest;
import org.springframework.cloud.client.loadbalancer.LoadBalancerRequest;
import org.springframework.cloud.client.loadbalancer.LoadBalancerRequestAdapter;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.RequestData;
import org.springframework.cloud.client.loadbalancer.RequestDataContext;
import org.springframework.cloud.client.loadbalancer.Response;
import org.springframework.cloud.client.loadbalancer.RetryableRequestContext;
import org.springframework.cloud.client.loadbalancer.TimedRequestContext;
import org.springframework.cloud.client.loadbalancer.reactive.ReactiveLoadBalancer;
import org.springframework.cloud.loadbalancer.blocking.client.BlockingLoadBalancerClient;
import org.springframework.http.HttpRequest;
import org.springframework.http.ResponseEntity;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.retry.RetryContext;
import org.springframework.retry.support.RetrySynchronizationManager;
import org.springframework.util.ClassUtils;
import org.springframework.web.client.RestClientResponseException;
import reactor.core.publisher.Mono;
import reactor.util.context.Context;

/**
 * The stock client of RestTemplate, RestClient and of those who use it by hand, which counts each request that it sends as a
 * call: a retry is another one. The call ends with the head of the response. To read the body is the caller's affair: he
 * may do it slowly, or never, and neither is the endpoint's doing.
 *
 * <p>Where nobody has a lifecycle to be told of requests, it does the same as the stock client in fewer steps.
 */
public final class CountingLoadBalancerClient extends BlockingLoadBalancerClient {

    private static final boolean SPRING_RETRY = ClassUtils.isPresent(
            "org.springframework.retry.RetryContext", CountingLoadBalancerClient.class.getClassLoader());

    private final ReactiveLoadBalancer.Factory<ServiceInstance> balancers;
    private final ClientCalls calls;

    public CountingLoadBalancerClient(ReactiveLoadBalancer.Factory<ServiceInstance> balancers, ClientCalls calls) {
        super(balancers);
        this.balancers = balancers;
        this.calls = calls;
    }

    @Override
    public <T> T execute(String serviceId, LoadBalancerRequest<T> request) throws IOException {
        String hint = Hints.of(
                serviceId,
                Objects.requireNonNull(balancers.getProperties(serviceId)).getHint());
        TimedRequestContext context = context(request, hint);
        ClientExchange exchange = new ClientExchange(context);
        if (RememberingClientFactory.tellsNobody(balancers, serviceId)) {
            return execute(serviceId, chosen(serviceId, exchange), request);
        }
        LoadBalancerRequestAdapter<T, TimedRequestContext> told = new LoadBalancerRequestAdapter<>(request, context);
        Lifecycles lifecycles = Lifecycles.of(balancers, serviceId, DefaultRequestContext.class, Object.class);
        lifecycles.started(told);
        ServiceInstance instance = choose(serviceId, exchange);
        if (instance == null) {
            lifecycles.discarded(told);
            throw none(serviceId, exchange);
        }
        return execute(serviceId, instance, told);
    }

    private ServiceInstance chosen(String serviceId, ClientExchange exchange) {
        ServiceInstance instance = choose(serviceId, exchange);
        if (instance == null) {
            throw none(serviceId, exchange);
        }
        return instance;
    }

    private static NoInstanceException none(String serviceId, @Nullable ClientExchange exchange) {
        String reason = exchange == null ? null : exchange.reason();
        return new NoInstanceException(reason == null ? "No instances available for " + serviceId : reason);
    }

    private static TimedRequestContext context(LoadBalancerRequest<?> request, String hint) {
        HttpRequest http = request instanceof HttpRequestLoadBalancerRequest<?> ofHttp ? ofHttp.getHttpRequest() : null;
        return http == null
                ? new DefaultRequestContext(request, hint)
                : new RequestDataContext(new RequestData(http), hint);
    }

    @Override
    public <T> T execute(String serviceId, ServiceInstance instance, LoadBalancerRequest<T> request)
            throws IOException {
        if (instance == null) { // so Spring's interceptor that retries says that there is none
            throw none(serviceId, SPRING_RETRY ? Retries.ofThisThread() : null);
        }
        CountedCall counted = calls.start(serviceId, ClientCalls.address(instance), Context.empty());
        if (counted == null) {
            return send(serviceId, instance, request);
        }
        try {
            T response = send(serviceId, instance, request);
            end(counted, response);
            return response;
        } catch (IOException | RuntimeException error) {
            end(counted, error);
            throw error;
        } finally {
            counted.call().cancelled();
        }
    }

    private <T> T send(String serviceId, ServiceInstance instance, LoadBalancerRequest<T> request) throws IOException {
        if (!RememberingClientFactory.tellsNobody(balancers, serviceId)) {
            return super.execute(serviceId, instance, request);
        }
        try {
            return request.apply(instance);
        } catch (IOException | RuntimeException error) {
            throw error;
        } catch (Exception error) {
            throw new UndeclaredThrowableException(error);
        }
    }

    @Override
    public URI reconstructURI(ServiceInstance instance, URI original) {
        return InstanceUrls.of(instance, original);
    }

    /** Spring's interceptor that retries makes a request for each attempt: it is the exchange of the whole that picks. */
    @Override
    public <T> @Nullable ServiceInstance choose(String serviceId, Request<T> request) {
        boolean madeByRetries = SPRING_RETRY
                && request.getContext() instanceof RetryableRequestContext
                && !(request instanceof ClientExchange);
        ClientExchange exchange = madeByRetries ? Retries.ofThisThread() : null;
        return ask(serviceId, exchange == null ? request : exchange.with(request.getContext()));
    }

    /** Apart, since Spring Retry may be missing. */
    private static final class Retries {

        /** The exchange of the request that is retried on this thread; null if none is. */
        static @Nullable ClientExchange ofThisThread() {
            RetryContext retries = RetrySynchronizationManager.getContext();
            return retries == null
                    ? null
                    : (ClientExchange) retries.computeAttribute(ClientExchange.ATTRIBUTE, name -> new ClientExchange());
        }
    }

    /**
     * As the stock client does, but for one thing: where Reactor passes thread locals on, {@code Mono.from} wraps an answer,
     * which then waits where there is nothing to wait for.
     */
    private @Nullable ServiceInstance ask(String serviceId, Request<?> request) {
        ReactiveLoadBalancer<ServiceInstance> balancer = balancers.getInstance(serviceId);
        if (balancer == null) {
            return null;
        }
        Publisher<Response<ServiceInstance>> answer = balancer.choose(request);
        Response<ServiceInstance> response =
                (answer instanceof Mono<Response<ServiceInstance>> mono ? mono : Mono.from(answer)).block();
        return response == null ? null : response.getServer();
    }

    /** Who executes a request by hand gives back whatever he likes, and what has no status has no error. */
    private static void end(CountedCall counted, @Nullable Object response) {
        try {
            if (response instanceof ClientHttpResponse http) {
                counted.end(http.getStatusCode().value());
            } else if (response instanceof ResponseEntity<?> entity) {
                counted.end(entity.getStatusCode().value());
            } else {
                counted.call().succeeded();
            }
        } catch (IOException unreadable) {
            counted.call().failed();
        }
    }

    /**
     * A caller that is interrupted has given up, although its client reports that as an I/O error. What is executed by hand
     * may use a client that makes an error of a response.
     */
    public static void end(CountedCall counted, Exception error) {
        if (Thread.currentThread().isInterrupted()) {
            counted.call().cancelled();
        } else if (error instanceof RestClientResponseException response) {
            counted.end(response.getStatusCode().value());
        } else {
            counted.end(error);
        }
    }
}
