package io.github.zklb.reports.web;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties below {@code zk-lb.load-report} that hold for the whole application, as a provider.
 *
 * @param enabled Whether this application answers a request that asks for it with a report of its own load. Read at the start.
 */
@ConfigurationProperties("zk-lb.load-report")
public record LoadReportProperties(@DefaultValue("false") boolean enabled) {}
