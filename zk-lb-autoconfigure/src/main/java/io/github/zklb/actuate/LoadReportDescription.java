package io.github.zklb.actuate;

import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.reports.ReportedWeights;
import org.jspecify.annotations.Nullable;

/**
 * What the endpoints of a service report of their load.
 *
 * @param inEffect whether they have their shares by it
 * @param because why not; null if they have
 * @param reporting how many have reported of late, whether they count yet or not
 */
public record LoadReportDescription(boolean inEffect, ReportedWeights.@Nullable Obstacle because, int reporting) {

    /** Null if endpoints are not asked. */
    static @Nullable LoadReportDescription of(ServiceEngine engine) {
        ReportedWeights weights = engine.reportedWeights();
        return engine.settings().load().useReports()
                ? new LoadReportDescription(weights.because() == null, weights.because(), engine.reporting())
                : null;
    }
}
