package io.github.zklb.reports.web;

import io.github.zklb.reports.LoadReport;
import io.github.zklb.reports.OwnLoad;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.servlet.Filter;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletResponse;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/**
 * Answers requests that ask for the load of this application, and counts them all. The header is set before the request goes on:
 * once the response is committed it would be lost.
 *
 * @param load the load
 */
record LoadReportFilter(OwnLoad load) implements Filter {

    private static final int ERROR = 500;

    @Override
    public void doFilter(ServletRequest request, ServletResponse response, FilterChain chain)
            throws IOException, ServletException {
        if (!(request instanceof HttpServletRequest http) || !(response instanceof HttpServletResponse answer)) {
            chain.doFilter(request, response);
            return;
        }
        String format = http.getHeader(LoadReport.ASKING_HEADER);
        String report = format == null ? null : load.header(format);
        if (report != null) {
            answer.setHeader(LoadReport.HEADER, report);
        }
        boolean returned = false;
        try {
            chain.doFilter(request, response);
            returned = true;
        } finally {
            if (returned && request.isAsyncStarted()) {
                request.getAsyncContext().addListener(new AtTheEnd(load, answer));
            } else {
                load.served((returned || answer.isCommitted()) && answer.getStatus() < ERROR);
            }
        }
    }

    /** Counts a request that goes on when its thread has returned. */
    private record AtTheEnd(OwnLoad load, HttpServletResponse answer) implements AsyncListener {

        @Override
        public void onComplete(AsyncEvent event) {
            load.served(answer.getStatus() < ERROR);
        }

        /** The container sets a status and completes the request, and so it is after an error. */
        @Override
        public void onTimeout(AsyncEvent event) {}

        @Override
        public void onError(AsyncEvent event) {}

        /** Whoever begins anew has lost the listeners that there were. */
        @Override
        public void onStartAsync(AsyncEvent event) {
            event.getAsyncContext().addListener(this);
        }
    }
}
