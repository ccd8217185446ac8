package io.github.zklb.springcloud.gateway;

import io.github.zklb.calls.CountedCall;
import io.github.zklb.reports.LoadReport;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.gateway.filter.headers.HttpHeadersFilter;
import org.springframework.http.HttpHeaders;
import org.springframework.web.server.ServerWebExchange;

/**
 * What a gateway on WebFlux passes on of the headers of load reports: nothing. Who asks from outside asks the gateway, not the
 * instance behind it; the gateway itself asks the instance, and keeps its report.
 */
final class GatewayLoadReports {

    private static final String CALL = GatewayLoadReports.class.getName();

    private GatewayLoadReports() {}

    /** A request is sent to an instance, as this call. */
    static @Nullable CountedCall note(ServerWebExchange exchange, @Nullable CountedCall call) {
        if (call != null && call.asksForLoad()) {
            exchange.getAttributes().put(CALL, call);
        } else {
            exchange.getAttributes().remove(CALL);
        }
        return call;
    }

    private static HttpHeaders without(HttpHeaders headers, String name) {
        HttpHeaders rest = new HttpHeaders();
        rest.addAll(headers);
        rest.remove(name);
        return rest;
    }

    /** Of the requests to instances and others. */
    static final class OfRequests implements HttpHeadersFilter {

        @Override
        public HttpHeaders filter(HttpHeaders input, ServerWebExchange exchange) {
            boolean asks = exchange.getAttribute(CALL) != null;
            if (!asks && !input.containsHeader(LoadReport.ASKING_HEADER)) {
                return input;
            }
            HttpHeaders headers = without(input, LoadReport.ASKING_HEADER);
            if (asks) {
                headers.set(LoadReport.ASKING_HEADER, LoadReport.TEXT);
            }
            return headers;
        }
    }

    /** Of their responses. */
    static final class OfResponses implements HttpHeadersFilter {

        @Override
        public HttpHeaders filter(HttpHeaders input, ServerWebExchange exchange) {
            String report = input.getFirst(LoadReport.HEADER);
            if (report == null) {
                return input;
            }
            CountedCall call = exchange.getAttribute(CALL);
            if (call != null) {
                call.reported(report);
            }
            return without(input, LoadReport.HEADER);
        }

        @Override
        public boolean supports(Type type) {
            return type == Type.RESPONSE;
        }
    }
}
