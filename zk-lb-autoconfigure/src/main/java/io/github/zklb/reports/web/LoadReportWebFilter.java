package io.github.zklb.reports.web;

import io.github.zklb.reports.LoadReport;
import io.github.zklb.reports.OwnLoad;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebFilter;
import org.springframework.web.server.WebFilterChain;
import reactor.core.publisher.Mono;

/**
 * Answers requests that ask for the load of this application, and counts them all. The header is set before the request goes on:
 * once the response is committed it would be lost.
 *
 * @param load the load
 */
record LoadReportWebFilter(OwnLoad load) implements WebFilter {

    @Override
    public Mono<Void> filter(ServerWebExchange exchange, WebFilterChain chain) {
        String format = exchange.getRequest().getHeaders().getFirst(LoadReport.ASKING_HEADER);
        String report = format == null ? null : load.header(format);
        if (report != null) {
            exchange.getResponse().getHeaders().set(LoadReport.HEADER, report);
        }
        ServerHttpResponse response = exchange.getResponse();
        // whoever makes a status of an error stands outside of the filters
        response.beforeCommit(() -> Mono.fromRunnable(() -> load.served(!isError(response.getStatusCode()))));
        return chain.filter(exchange);
    }

    private static boolean isError(@Nullable HttpStatusCode status) {
        return status != null && status.is5xxServerError();
    }
}
