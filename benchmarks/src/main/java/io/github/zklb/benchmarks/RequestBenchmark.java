package io.github.zklb.benchmarks;

import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClient;
import org.springframework.cloud.client.loadbalancer.LoadBalancerInterceptor;
import org.springframework.cloud.client.loadbalancer.LoadBalancerRequest;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.reactive.ReactorLoadBalancerExchangeFilterFunction;
import org.springframework.http.HttpRequest;
import org.springframework.http.HttpStatus;
import org.springframework.http.client.ClientHttpRequestExecution;
import org.springframework.http.client.ClientHttpResponse;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeFunction;
import reactor.core.publisher.Mono;

/** The time that a request spends on its way from a client of Spring's to where it is sent, which answers at once. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@SuppressWarnings("NullAway.Init") // JMH sets the fields.
public class RequestBenchmark {

    private static final byte[] NO_BODY = new byte[0];

    /** What balances. */
    @Param
    public Balancer balancer;

    private BalancedApplication application;
    private LoadBalancerClient client;
    private LoadBalancerInterceptor interceptor;
    private ReactorLoadBalancerExchangeFilterFunction filter;
    private List<Request<?>> balancersRequests;
    private List<HttpRequest> interceptorsRequests;
    private List<ClientRequest> filtersRequests;
    private List<LoadBalancerRequest<Object>> clientsRequests;
    private ClientHttpRequestExecution execution;
    private ExchangeFunction exchange;

    /** Starts the application, and lets it find its instances. */
    @Setup
    public void prepare() {
        application = BalancedApplication.start(balancer);
        client = application.bean(LoadBalancerClient.class);
        interceptor = application.bean(LoadBalancerInterceptor.class);
        filter = application.bean(ReactorLoadBalancerExchangeFilterFunction.class);
        balancersRequests = HttpCalls.ofBalancer();
        interceptorsRequests = HttpCalls.ofInterceptor();
        filtersRequests = HttpCalls.ofFilter();
        clientsRequests = HttpCalls.ofClient();
        ClientHttpResponse response = new HttpCalls.Answer();
        execution = (sent, body) -> {
            Objects.requireNonNull(sent.getURI());
            return response;
        };
        Mono<ClientResponse> answer =
                Mono.just(ClientResponse.create(HttpStatus.OK).build());
        exchange = sent -> answer;
    }

    /** Stops it. */
    @TearDown
    public void stop() {
        application.close();
    }

    /** The instance for a request. */
    @Benchmark
    public @Nullable Object choose(Calls calls) {
        return client.choose(BalancedApplication.SERVICE, balancersRequests.get(calls.next()));
    }

    /** An HTTP request that does not look at what it is sent to. */
    @Benchmark
    public @Nullable Object execute(Calls calls) throws IOException {
        return client.execute(BalancedApplication.SERVICE, clientsRequests.get(calls.next()));
    }

    /** An HTTP request of RestTemplate or RestClient, with the URL that it is sent to. */
    @Benchmark
    public @Nullable Object intercept(Calls calls) throws IOException {
        return interceptor.intercept(interceptorsRequests.get(calls.next()), NO_BODY, execution);
    }

    /** An HTTP request of WebClient. */
    @Benchmark
    public @Nullable Object filter(Calls calls) {
        return filter.filter(filtersRequests.get(calls.next()), exchange).block();
    }

    /** The calls of one thread. */
    @State(Scope.Thread)
    public static class Calls {

        private int next;

        int next() {
            return next++ & HttpCalls.COUNT - 1;
        }
    }
}
