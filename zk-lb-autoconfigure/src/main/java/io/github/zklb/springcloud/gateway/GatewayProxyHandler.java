package io.github.zklb.springcloud.gateway;

import io.github.zklb.calls.ConnectFailure;
import io.github.zklb.calls.CountedCall;
import io.github.zklb.reports.LoadReport;
import io.github.zklb.springcloud.ClientCalls;
import io.github.zklb.springcloud.ClientExchange;
import io.github.zklb.springcloud.InstanceUrls;
import jakarta.servlet.http.Cookie;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.gateway.server.mvc.common.MvcUtils;
import org.springframework.cloud.gateway.server.mvc.filter.HttpHeadersFilter.RequestHttpHeadersFilter;
import org.springframework.cloud.gateway.server.mvc.filter.HttpHeadersFilter.ResponseHttpHeadersFilter;
import org.springframework.cloud.gateway.server.mvc.handler.ProxyExchange;
import org.springframework.cloud.gateway.server.mvc.handler.ProxyExchangeHandlerFunction;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.HttpStatusCode;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;
import org.springframework.web.client.ResourceAccessException;
import org.springframework.web.servlet.ModelAndView;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;

/**
 * The stock handler that sends a request, in a gateway on WebMVC, which counts each request to an instance as a call. The
 * call is in flight until the next attempt, or until the gateway has done with its own request, and so with passing on the body.
 */
final class GatewayProxyHandler extends ProxyExchangeHandlerFunction {

    /** What Tomcat throws to whoever reads the body; by its name, since the server may be another. */
    private static final String CALLER_BROKE_OFF = "org.apache.catalina.connector.ClientAbortException";

    private static final String FILTERS = "org.springframework.cloud.gateway.server.mvc.filter.";
    private static final String FRAMEWORKS_RETRY = FILTERS + "FrameworkRetryFilterFunctions";
    private static final String SPRING_RETRYS = FILTERS + "GatewayRetryFilterFunctions";

    /** Causes further down are not looked at: a chain of causes can be a circle. */
    private static final int DEEPEST_CAUSE = 16;

    private final ClientCalls calls;

    GatewayProxyHandler(
            ProxyExchange exchange,
            ObjectProvider<RequestHttpHeadersFilter> requestFilters,
            ObjectProvider<ResponseHttpHeadersFilter> responseFilters,
            ClientCalls calls) {
        super(new ProxyExchangeWithCallersUrls(exchange), requestFilters, responseFilters);
        this.calls = calls;
    }

    @Override
    public ServerResponse handle(ServerRequest request) {
        ClientExchange exchange = MvcUtils.getAttribute(request, ClientExchange.ATTRIBUTE);
        ServiceInstance instance = exchange == null ? null : exchange.chosen();
        URI url = MvcUtils.getAttribute(request, MvcUtils.GATEWAY_REQUEST_URL_ATTR);
        GatewayBodies.end(request.servletRequest());
        if (instance == null || url == null) {
            return withoutReport(super.handle(request));
        }
        try {
            return withoutReport(calls.send(instance.getServiceId(), InstanceUrls.address(url), new Attempt(request)));
        } catch (ResourceAccessException error) {
            return orForRetry(error);
        }
    }

    /** What an instance says of its load is for the gateway, and not for who is outside. */
    private static ServerResponse withoutReport(ServerResponse response) {
        if (response.headers().containsHeader(LoadReport.HEADER)) {
            response.headers().remove(LoadReport.HEADER);
        }
        return response;
    }

    private final class Attempt implements ClientCalls.Attempt<ServerResponse, RuntimeException> {

        private final ServerRequest request;

        Attempt(ServerRequest request) {
            this.request = request;
        }

        @Override
        public void askForLoad() {
            MvcUtils.putAttribute(request, ProxyExchangeWithCallersUrls.ASKS_FOR_LOAD, true);
        }

        @Override
        public ServerResponse send() {
            try {
                return GatewayProxyHandler.super.handle(request);
            } finally { // what the request is forwarded to may be somebody else
                MvcUtils.putAttribute(request, ProxyExchangeWithCallersUrls.ASKS_FOR_LOAD, false);
            }
        }

        @Override
        public ServerResponse answered(CountedCall call, ServerResponse response) {
            call.reported(response.headers().getFirst(LoadReport.HEADER));
            GatewayBodies.answered(
                    request.servletRequest(), call, response.statusCode().value());
            return response;
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
        return Stream.iterate(error, Objects::nonNull, Throwable::getCause)
                .limit(DEEPEST_CAUSE)
                .anyMatch(cause -> cause.getClass().getName().equals(CALLER_BROKE_OFF));
    }

    /**
     * Gives a refused connection the form in which a Retry filter with its defaults goes on: an I/O error, which RestClient
     * hides in one of its own; with Spring Retry, a status, since that filter never goes on after an error. Nothing was sent,
     * so that it is safe to go on. Without such a filter, and for every other error, it is thrown as it is.
     */
    private static ServerResponse orForRetry(ResourceAccessException error) {
        if (ConnectFailure.isRefusal(error) && error.getCause() instanceof IOException refused) {
            if (isCalledBy(FRAMEWORKS_RETRY)) {
                throw GatewayProxyHandler.<RuntimeException>unchecked(refused);
            }
            if (isCalledBy(SPRING_RETRYS)) {
                return new Refused(error, new HttpHeaders());
            }
        }
        throw error;
    }

    /**
     * What the Retry filter with Spring Retry goes on after. A request whose method it does not retry it gives this back, to be
     * written: then the error is thrown after all, since its message, which names the instance, is not for who is outside.
     */
    private record Refused(ResourceAccessException error, HttpHeaders headers) implements ServerResponse {

        @Override
        public HttpStatusCode statusCode() {
            return HttpStatus.SERVICE_UNAVAILABLE;
        }

        @Override
        public MultiValueMap<String, Cookie> cookies() {
            return new LinkedMultiValueMap<>();
        }

        @Override
        public @Nullable ModelAndView writeTo(
                HttpServletRequest request, HttpServletResponse response, Context context) {
            throw error;
        }
    }

    /** The filters leave no other trace of themselves. */
    private static boolean isCalledBy(String filter) {
        return StackWalker.getInstance()
                .walk(frames -> frames.anyMatch(frame -> frame.getClassName().startsWith(filter)));
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // that is how a checked one is thrown
    private static <E extends Throwable> E unchecked(Throwable error) throws E {
        throw (E) error;
    }
}
