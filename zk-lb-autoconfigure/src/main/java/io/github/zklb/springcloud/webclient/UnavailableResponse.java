package io.github.zklb.springcloud.webclient;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.zklb.springcloud.NoInstanceException;
import java.net.URI;
import java.util.Map;
import org.springframework.core.ParameterizedTypeReference;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.http.HttpRequest;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.ClientResponse;
import org.springframework.web.reactive.function.client.WebClientResponseException;
import org.springframework.web.reactive.function.client.support.ClientResponseWrapper;
import reactor.core.publisher.Mono;

/**
 * What WebClient gets instead of a response when there is no instance: status 503, as from the stock filter, with the
 * reason for a body. The error that WebClient makes of it has the reason in its message, too.
 */
final class UnavailableResponse extends ClientResponseWrapper {

    private static final MediaType TEXT = new MediaType(MediaType.TEXT_PLAIN, UTF_8);

    private final String reason;

    private UnavailableResponse(ClientResponse response, String reason) {
        super(response);
        this.reason = reason;
    }

    static UnavailableResponse to(ClientRequest request, String reason) {
        ClientResponse response = ClientResponse.create(HttpStatus.SERVICE_UNAVAILABLE)
                .request(new Asked(request))
                .headers(headers -> headers.setContentType(TEXT))
                .body(reason)
                .build();
        return new UnavailableResponse(response, reason);
    }

    @Override
    public Mono<WebClientResponseException> createException() {
        return super.createException().map(this::withReason);
    }

    @Override
    public <T> Mono<T> createError() {
        return createException().flatMap(Mono::error);
    }

    @SuppressWarnings("NullAway") // What cannot be decoded is null with Spring's own function, too.
    private WebClientResponseException withReason(WebClientResponseException stock) {
        WebClientResponseException exception = WebClientResponseException.create(
                statusCode(), reason, headers().asHttpHeaders(), reason.getBytes(UTF_8), UTF_8, request());
        exception.setBodyDecodeFunction(
                type -> stock.getResponseBodyAs(ParameterizedTypeReference.forType(type.getType())));
        exception.initCause(new NoInstanceException(reason));
        return exception;
    }

    /** The request that was not sent. */
    private record Asked(ClientRequest request) implements HttpRequest {

        @Override
        public HttpMethod getMethod() {
            return request.method();
        }

        @Override
        public URI getURI() {
            return request.url();
        }

        @Override
        public HttpHeaders getHeaders() {
            return request.headers();
        }

        @Override
        public Map<String, Object> getAttributes() {
            return request.attributes();
        }
    }
}
