package io.github.zklb.springcloud.gateway;

import io.github.zklb.springcloud.ClientCalls;
import io.github.zklb.springcloud.ClientExchange;
import io.github.zklb.springcloud.UriParts;
import io.github.zklb.traffic.CountedCall;
import java.net.URI;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.gateway.server.mvc.common.MvcUtils;
import org.springframework.cloud.gateway.server.mvc.filter.HttpHeadersFilter.RequestHttpHeadersFilter;
import org.springframework.cloud.gateway.server.mvc.filter.HttpHeadersFilter.ResponseHttpHeadersFilter;
import org.springframework.cloud.gateway.server.mvc.handler.ProxyExchange;
import org.springframework.cloud.gateway.server.mvc.handler.ProxyExchangeHandlerFunction;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;

/**
 * The stock handler that sends a request, in a gateway on WebMVC, which counts each request to an instance as a call. The
 * call ends with the head of the response, whose body is passed on later.
 */
final class GatewayProxyHandler extends ProxyExchangeHandlerFunction {

    /** What Tomcat throws to whoever reads the body; by its name, since the server may be another. */
    private static final String CALLER_BROKE_OFF = "org.apache.catalina.connector.ClientAbortException";

    /** Causes further down are not looked at: a chain of causes can be a circle. */
    private static final int DEEPEST_CAUSE = 16;

    private final ClientCalls calls;

    GatewayProxyHandler(
            ProxyExchange exchange,
            ObjectProvider<RequestHttpHeadersFilter> requestFilters,
            ObjectProvider<ResponseHttpHeadersFilter> responseFilters,
            ClientCalls calls) {
        super(exchange, requestFilters, responseFilters);
        this.calls = calls;
    }

    @Override
    public ServerResponse handle(ServerRequest request) {
        ClientExchange exchange = MvcUtils.getAttribute(request, ClientExchange.ATTRIBUTE);
        ServiceInstance instance = exchange == null ? null : exchange.chosen();
        URI url = MvcUtils.getAttribute(request, MvcUtils.GATEWAY_REQUEST_URL_ATTR);
        return instance == null || url == null
                ? super.handle(request)
                : calls.send(instance.getServiceId(), UriParts.address(url), new Attempt(request));
    }

    private final class Attempt implements ClientCalls.Attempt<ServerResponse, RuntimeException> {

        private final ServerRequest request;

        Attempt(ServerRequest request) {
            this.request = request;
        }

        @Override
        public ServerResponse send() {
            return GatewayProxyHandler.super.handle(request);
        }

        @Override
        public void answered(CountedCall call, ServerResponse response) {
            call.end(response.statusCode().value());
        }

        @Override
        public void failed(CountedCall call, Exception error) {
            if (!isTheCallersOwn(error)) {
                call.thrown(error);
            }
        }
    }

    /** A caller that breaks off its request makes sending the body fail, which says nothing of the instance. */
    private static boolean isTheCallersOwn(Throwable error) {
        Throwable cause = error;
        for (int depth = 0; cause != null && depth < DEEPEST_CAUSE; depth++) {
            if (cause.getClass().getName().equals(CALLER_BROKE_OFF)) {
                return true;
            }
            cause = cause.getCause();
        }
        return false;
    }
}
