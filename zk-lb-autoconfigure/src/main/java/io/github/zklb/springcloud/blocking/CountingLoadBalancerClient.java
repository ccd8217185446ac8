package io.github.zklb.springcloud.blocking;

import io.github.zklb.calls.CountedCall;
import io.github.zklb.springcloud.ClientCalls;
import io.github.zklb.springcloud.ClientExchange;
import io.github.zklb.springcloud.Cookies;
import io.github.zklb.springcloud.InstanceUrls;
import io.github.zklb.springcloud.NoInstanceException;
import io.github.zklb.springcloud.RememberingClientFactory;
import java.io.IOException;
import java.lang.reflect.UndeclaredThrowableException;
import java.net.URI;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.CompletionContext;
import org.springframework.cloud.client.loadbalancer.DefaultRequestContext;
import org.springframework.cloud.client.loadbalancer.EmptyResponse;
import org.springframework.cloud.client.loadbalancer.HttpRequestLoadBalancerRequest;
import org.springframework.cloud.client.loadbalancer.LoadBalancedRetryContext;
import org.springframework.cloud.client.loadbalancer.LoadBalancerLifecycle;
import org.springframework.cloud.client.loadbalancer.LoadBalancerLifecycleValidator;
import org.springframework.cloud.client.loadbalancer.LoadBalancerRequest;
import org.springframework.cloud.client.loadbalancer.LoadBalancerRequestAdapter;
import org.springframework.cloud.client.loadbalancer.Request;
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

/**
 * The stock client of RestTemplate, RestClient and of those who use it by hand, which counts each request that it sends as a
 * call: a retry is another one. The head of the response tells what there is to learn. To read the body is the caller's affair: he
 * may do it slowly, and that is not the endpoint's doing; but until he is done with it, the call is in flight. What is executed by
 * hand ends with what it gives back.
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
        TimedRequestContext context = context(serviceId, request);
        ClientExchange exchange = new ClientExchange(context);
        return RememberingClientFactory.tellsNobody(balancers, serviceId)
                ? send(serviceId, choose(serviceId, exchange), request, null, exchange)
                : executeTold(serviceId, request, exchange, new LoadBalancerRequestAdapter<>(request, context));
    }

    /** As the stock client does, but for the exchange, which takes a reason back. */
    @SuppressWarnings({"rawtypes", "unchecked"})
    private <T> T executeTold(
            String serviceId,
            LoadBalancerRequest<T> request,
            ClientExchange exchange,
            LoadBalancerRequestAdapter<T, ?> told)
            throws IOException {
        Set<LoadBalancerLifecycle> listening = LoadBalancerLifecycleValidator.getSupportedLifecycleProcessors(
                balancers.getInstances(serviceId, LoadBalancerLifecycle.class),
                DefaultRequestContext.class,
                Object.class,
                ServiceInstance.class);
        listening.forEach(lifecycle -> lifecycle.onStart(told));
        ServiceInstance instance = choose(serviceId, exchange);
        if (instance == null) {
            listening.forEach(lifecycle -> lifecycle.onComplete(
                    new CompletionContext(CompletionContext.Status.DISCARD, told, new EmptyResponse())));
        }
        return send(serviceId, instance, request, told, exchange);
    }

    private TimedRequestContext context(String serviceId, LoadBalancerRequest<?> request) {
        String hint = ClientExchange.hint(
                serviceId,
                Objects.requireNonNull(balancers.getProperties(serviceId)).getHint());
        HttpRequest http = request instanceof HttpRequestLoadBalancerRequest<?> ofHttp ? ofHttp.getHttpRequest() : null;
        return http == null
                ? new DefaultRequestContext(request, hint)
                : new RequestDataContext(Cookies.dataOf(http), hint);
    }

    /** Spring's interceptor that retries calls this also where it has no instance, and so says that there is none. */
    @Override
    public <T> T execute(String serviceId, @Nullable ServiceInstance instance, LoadBalancerRequest<T> request)
            throws IOException {
        return send(
                serviceId,
                instance,
                request,
                RememberingClientFactory.tellsNobody(balancers, serviceId) ? null : request,
                instance == null && SPRING_RETRY ? Retries.exchange() : null);
    }

    private <T> T send(
            String serviceId,
            @Nullable ServiceInstance instance,
            LoadBalancerRequest<T> request,
            @Nullable LoadBalancerRequest<T> told,
            @Nullable ClientExchange exchange)
            throws IOException {
        if (instance == null) {
            String reason = exchange == null ? null : exchange.reason();
            throw new NoInstanceException(reason == null ? "No instances available for " + serviceId : reason);
        }
        return calls.send(serviceId, ClientCalls.address(instance), new ClientCalls.Attempt<T, IOException>() {
            @Override
            public void askForLoad() {
                InterceptedRequest intercepted = intercepted(request);
                if (intercepted != null) {
                    intercepted.askForLoad();
                }
            }

            @Override
            public T send() throws IOException {
                try {
                    return told == null
                            ? request.apply(instance)
                            : CountingLoadBalancerClient.super.execute(serviceId, instance, told);
                } catch (IOException | RuntimeException error) {
                    throw error;
                } catch (Exception error) {
                    throw new UndeclaredThrowableException(error);
                }
            }

            @Override
            @SuppressWarnings("unchecked") // what was intercepted gives a response of any class
            public T answered(CountedCall call, T response) {
                InterceptedRequest intercepted = intercepted(request);
                if (intercepted != null && intercepted.isPassedOn() && response instanceof ClientHttpResponse http) {
                    return (T) CountedResponse.of(http, call);
                }
                if (intercepted == null || intercepted.isPassedOn()) { // else an interceptor has answered itself
                    end(call, response);
                }
                return response;
            }

            @Override
            public void failed(CountedCall call, Exception error) {
                end(call, request, error);
            }
        });
    }

    /** Who executes a request by hand gives back whatever he likes, and what has no status has no error. */
    private static void end(CountedCall call, @Nullable Object response) {
        try {
            if (response instanceof ClientHttpResponse http) {
                call.end(http.getStatusCode().value());
            } else if (response instanceof ResponseEntity<?> entity) {
                call.end(entity.getStatusCode().value());
            } else {
                call.succeeded();
            }
        } catch (IOException unreadable) {
            call.call().failed();
        }
    }

    /** What is executed by hand may use any client, perhaps one that makes an error of a response. */
    private static void end(CountedCall call, LoadBalancerRequest<?> request, Exception error) {
        InterceptedRequest intercepted = intercepted(request);
        if (intercepted == null && error instanceof RestClientResponseException response) {
            call.end(response.getStatusCode().value());
        } else if (intercepted == null) {
            call.end(error);
        } else if (call.isNamedIn(error)) {
            call.thrown(error);
        } else if (intercepted.isPassedOn()) {
            Thrower thrower = intercepted.thrower(error);
            if (thrower != Thrower.INTERCEPTOR) {
                call.thrown(error, thrower == Thrower.INSTANCE);
            }
        }
    }

    /** The request on its way through interceptors; null if it is executed by hand, or made by a user's factory. */
    private static @Nullable InterceptedRequest intercepted(LoadBalancerRequest<?> request) {
        if (request instanceof InterceptedRequest intercepted) {
            return intercepted;
        }
        return request instanceof Request<?> adapted && isOfRetries(adapted) ? Retries.attempt() : null;
    }

    /** Spring's interceptor that retries hides the request behind another one. */
    static InterceptedRequest beginning(InterceptedRequest request) {
        if (SPRING_RETRY) {
            Retries.begin(request);
        }
        return request;
    }

    private static boolean isOfRetries(Request<?> request) {
        return SPRING_RETRY && request.getContext() instanceof RetryableRequestContext;
    }

    @Override
    public URI reconstructURI(ServiceInstance instance, URI original) {
        return InstanceUrls.of(instance, original);
    }

    /**
     * As the stock client does, but for two things. Spring's interceptor that retries makes a request for each attempt, and it
     * is the exchange of the whole that picks. And where Reactor passes thread locals on, {@code Mono.from} wraps an answer,
     * which then waits where there is nothing to wait for.
     */
    @Override
    public <T> @Nullable ServiceInstance choose(String serviceId, Request<T> request) {
        ClientExchange exchange =
                isOfRetries(request) && !(request instanceof ClientExchange) ? Retries.exchange() : null;
        ReactiveLoadBalancer<ServiceInstance> balancer = balancers.getInstance(serviceId);
        if (balancer == null) {
            return null;
        }
        Publisher<Response<ServiceInstance>> answer =
                balancer.choose(exchange == null ? request : exchange.with(Retries.context(request)));
        Response<ServiceInstance> response =
                (answer instanceof Mono<Response<ServiceInstance>> mono ? mono : Mono.from(answer)).block();
        return response == null ? null : response.getServer();
    }

    /** What Spring's interceptor that retries does on this thread. Apart, since Spring Retry may be missing. */
    private static final class Retries {

        /** What is known of the request that is retried: what Spring's interceptor tells, with the attributes that it leaves out. */
        static @Nullable Object context(Request<?> told) {
            return told.getContext() instanceof RetryableRequestContext context
                            && context.getClientRequest() != null
                            && RetrySynchronizationManager.getContext() instanceof LoadBalancedRetryContext retries
                            && retries.getRequest()
                                    .getURI()
                                    .equals(context.getClientRequest().getUrl())
                    ? new RetryableRequestContext(
                            context.getPreviousServiceInstance(),
                            Cookies.dataOf(retries.getRequest()),
                            context.getHint())
                    : told.getContext();
        }

        private static final String ATTEMPT = InterceptedRequest.class.getName();

        /** The exchange of the request that is retried; null if none is. */
        static @Nullable ClientExchange exchange() {
            RetryContext retries = RetrySynchronizationManager.getContext();
            return retries == null
                    ? null
                    : retries.computeAttribute(ClientExchange.ATTRIBUTE, name -> new ClientExchange());
        }

        static void begin(InterceptedRequest attempt) {
            RetryContext retries = RetrySynchronizationManager.getContext();
            if (retries != null) {
                retries.setAttribute(ATTEMPT, attempt);
            }
        }

        static @Nullable InterceptedRequest attempt() {
            RetryContext retries = RetrySynchronizationManager.getContext();
            return retries == null ? null : (InterceptedRequest) retries.getAttribute(ATTEMPT);
        }
    }
}
