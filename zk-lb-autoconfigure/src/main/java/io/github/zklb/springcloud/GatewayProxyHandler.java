package io.github.zklb.springcloud;

import java.net.URI;
import org.jspecify.annotations.Nullable;
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

    private final CallCounter calls;

    GatewayProxyHandler(
            ProxyExchange exchange,
            ObjectProvider<RequestHttpHeadersFilter> requestFilters,
            ObjectProvider<ResponseHttpHeadersFilter> responseFilters,
            CallCounter calls) {
        super(exchange, requestFilters, responseFilters);
        this.calls = calls;
    }

    @Override
    public ServerResponse handle(ServerRequest request) {
        CountedCall call = start(request);
        if (call == null) {
            return super.handle(request);
        }
        try {
            ServerResponse response = super.handle(request);
            call.end(response.statusCode().value());
            return response;
        } catch (RuntimeException error) {
            CountingLoadBalancerClient.end(call, error);
            throw error;
        } finally {
            call.call().cancelled();
        }
    }

    private @Nullable CountedCall start(ServerRequest request) {
        Attempts attempts = MvcUtils.getAttribute(request, Attempts.ATTRIBUTE);
        ServiceInstance instance = attempts == null ? null : attempts.last();
        URI url = MvcUtils.getAttribute(request, MvcUtils.GATEWAY_REQUEST_URL_ATTR);
        return instance == null || url == null ? null : calls.start(instance.getServiceId(), UriParts.address(url));
    }
}
