package io.github.zklb.springcloud.gateway;

import java.io.Serial;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.web.ErrorResponse;
import org.springframework.web.client.HttpServerErrorException;

/**
 * Says to a gateway on WebMVC why there is no instance. It is of the type that the gateway itself throws, and Spring MVC
 * answers it with its status.
 */
final class GatewayNoInstanceException extends HttpServerErrorException implements ErrorResponse {

    @Serial
    private static final long serialVersionUID = 1L;

    GatewayNoInstanceException(String reason) {
        super(reason, HttpStatus.SERVICE_UNAVAILABLE, "", null, null, null);
    }

    @Override
    public HttpHeaders getHeaders() {
        return HttpHeaders.EMPTY;
    }

    @Override
    public ProblemDetail getBody() {
        return ProblemDetail.forStatusAndDetail(getStatusCode(), getMessage());
    }
}
