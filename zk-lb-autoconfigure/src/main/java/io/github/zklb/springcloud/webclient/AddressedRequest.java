package io.github.zklb.springcloud.webclient;

import java.net.URI;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.client.reactive.ClientHttpRequest;
import org.springframework.util.MultiValueMap;
import org.springframework.web.reactive.function.BodyInserter;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ExchangeStrategies;
import reactor.core.publisher.Mono;

/**
 * A request of WebClient with another URL. Immutable as the request is, so that nothing of it needs to be copied.
 *
 * @param request the request as the caller made it
 * @param url the URL that it is sent to
 */
record AddressedRequest(ClientRequest request, URI url) implements ClientRequest {

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
    public BodyInserter<?, ? super ClientHttpRequest> body() {
        return request.body();
    }

    @Override
    public Map<String, Object> attributes() {
        return request.attributes();
    }

    @Override
    public @Nullable Consumer<ClientHttpRequest> httpRequest() {
        return request.httpRequest();
    }

    @Override
    public String logPrefix() {
        return request.logPrefix();
    }

    @Override
    public Mono<Void> writeTo(ClientHttpRequest sent, ExchangeStrategies strategies) {
        return request.writeTo(sent, strategies);
    }
}
