package io.github.zklb.springcloud.webclient;

import io.github.zklb.Endpoint;
import io.github.zklb.calls.ConnectFailure;
import io.github.zklb.calls.CountedCall;
import io.github.zklb.reports.LoadReport;
import io.github.zklb.springcloud.ClientExchange;
import io.github.zklb.springcloud.CountedMono;
import io.github.zklb.springcloud.InstanceUrls;
import io.github.zklb.springcloud.RetriedCalls;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.core.codec.CodecException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.util.MultiValueMap;
import org.springframework.web.reactive.function.BodyInserter;
import org.springframework.web.reactive.function.BodyInserters;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.ExchangeStrategies;
import org.springframework.web.reactive.function.client.WebClientRequestException;
import org.springframework.web.reactive.function.client.WebClientResponseException;
import reactor.core.CoreSubscriber;
import reactor.core.publisher.Mono;

/**
 * A request of WebClient's on its way to an instance. It is counted as a call, until it brings an error, is cancelled, or the
 * body of its response has ended: whatever becomes of that, only the head says anything of the instance.
 *
 * <p>The filters that a user adds later run between this and the network, and may call other hosts for a token, or give
 * an answer of their own. So an end counts only if it is the instance's: by the URL that the response or the error names;
 * where none is named, if the request was being written by then, for which there was a connection.
 */
final class InstanceRequest implements ClientRequest, CountedMono.Ends<ClientResponse> {

    /** Causes further down are not looked at: a chain of causes can be a circle. */
    private static final int DEEPEST_CAUSE = 16;

    private static final Object NO_BODY = BodyInserters.empty();

    private final String serviceId;
    private final ClientExchange exchange;
    private final Set<Endpoint> avoided;
    private final ClientRequest request;
    private final URI url;
    private volatile boolean written;
    private volatile boolean bodyFailed;
    private volatile boolean asksForLoad;
    private volatile boolean bodyRead;

    /**
     * An attempt.
     *
     * @param balanced what it is an attempt at
     * @param request the request with what was added to it
     * @param url the URL that it is sent to
     */
    InstanceRequest(BalancedRequest balanced, ClientRequest request, URI url) {
        // Not the whole of it: connections keep their last request, and must not keep the engines of an application
        // that ended.
        this.serviceId = balanced.serviceId();
        this.exchange = balanced.exchange();
        this.avoided = balanced.avoided();
        this.request = request;
        this.url = url;
    }

    /** It is sent, as this call. */
    @Nullable CountedCall start(@Nullable CountedCall call) {
        written = false;
        bodyFailed = false;
        bodyRead = false;
        asksForLoad = call != null && call.asksForLoad();
        return call;
    }

    @Override
    public ClientResponse onNext(CountedCall call, ClientResponse response, CoreSubscriber<?> to) {
        int status = response.statusCode().value();
        ClientResponse passedOn = response;
        if (isInstances(call, response.request().getURI())) {
            if (asksForLoad) {
                call.reported(response.headers().asHttpHeaders().getFirst(LoadReport.HEADER));
            }
            passedOn = counted(call, response);
            call.answered(status, passedOn);
        } else {
            call.call().ignored();
        }
        if (call.failures().include(status)) {
            cameToNothing(to);
        } else {
            RetriedCalls.succeeded(serviceId, to, avoided);
        }
        return passedOn;
    }

    private ClientResponse counted(CountedCall call, ClientResponse response) {
        return response.mutate()
                .request(response.request())
                .body(body -> new CountedBodyFlux(body, call, () -> bodyRead = true))
                .build();
    }

    @Override
    public void onCancelAfterwards(CountedCall call) {
        if (!bodyRead) {
            call.bodyEnded(); // nobody will read it any more
        }
    }

    @Override
    public void onError(CountedCall call, Throwable error, CoreSubscriber<?> to) {
        cameToNothing(to);
        if (!bodyFailed) {
            blame(call, error);
        }
    }

    @Override
    public void onCancel(CountedCall call, CoreSubscriber<?> to) {
        call.call().cancelled();
        cameToNothing(to);
    }

    private void cameToNothing(CoreSubscriber<?> to) {
        RetriedCalls.failed(serviceId, to, exchange.chosen(), avoided);
    }

    /** WebClient wraps whatever the network fails by, and names the URL; codecs and filters throw what they like. */
    private void blame(CountedCall call, Throwable error) {
        Throwable cause = error;
        for (int depth = 0; cause != null && depth < DEEPEST_CAUSE; depth++) {
            if (cause instanceof WebClientRequestException failed) {
                if (isInstances(call, failed.getUri())) {
                    call.end(error);
                }
                return;
            }
            if (cause instanceof WebClientResponseException answer) {
                if (isInstances(
                        call,
                        answer.getRequest() == null ? null : answer.getRequest().getURI())) {
                    call.end(answer.getStatusCode().value());
                }
                return;
            }
            if (cause instanceof CodecException) {
                return;
            }
            cause = cause.getCause();
        }
        if (written && !ConnectFailure.isWithoutConnection(error)) {
            call.end(error);
        }
    }

    private boolean isInstances(CountedCall call, @Nullable URI from) {
        String address = from == null ? "" : InstanceUrls.address(from);
        return address.isEmpty() ? written : address.equals(call.address());
    }

    @Override
    public Mono<Void> writeTo(ClientHttpRequest http, ExchangeStrategies strategies) {
        return write(http, to -> request.writeTo(to, strategies));
    }

    /** For a filter that makes a request of its own of this one, which is then written instead. */
    @Override
    public BodyInserter<?, ? super ClientHttpRequest> body() {
        return (http, context) -> write(http, to -> request.body().insert(to, context));
    }

    /** Writing begins when the network is ready for it: some clients ask beforehand for what they will write. */
    @SuppressWarnings("ReferenceEquality") // Spring has one constant for no body
    private Mono<Void> write(ClientHttpRequest http, Function<ClientHttpRequest, Mono<Void>> write) {
        if (asksForLoad) {
            http.getHeaders().putIfAbsent(LoadReport.ASKING_HEADER, List.of(LoadReport.TEXT));
        }
        Mono<Void> writing =
                request.body() == NO_BODY ? write.apply(http) : CallersBody.watch(http, () -> bodyFailed = true, write);
        return Mono.defer(() -> {
            written = true;
            return writing;
        });
    }

    @Override
    public URI url() {
        return url;
    }

    @Override
    public HttpMethod method() {
        return request.method();
    }

    @Override
    public HttpHeaders headers() {
        return request.headers();
    }

    @Override
    public MultiValueMap<String, String> cookies() {
        return request.cookies();
    }

    @Override
    public Map<String, Object> attributes() {
        return request.attributes();
    }

    @Override
    public String logPrefix() {
        return request.logPrefix();
    }

    @Override
    public @Nullable Consumer<ClientHttpRequest> httpRequest() {
        return request.httpRequest();
    }
}
