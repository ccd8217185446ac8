package io.github.zklb.actuate;

import io.github.zklb.engine.Published;
import io.github.zklb.reports.ReportedWeights;
import org.jspecify.annotations.Nullable;

/**
 * What the endpoints of a service report of their load.
 *
 * @param inEffect whether they have their shares by it
 * @param because why not; null if they have
 * @param reporting how many have reported recently, whether they count yet or not
 */
public record LoadReportDescription(boolean inEffect, ReportedWeights.@Nullable Obstacle because, int reporting) {

    /** Null if reports are not to count. */
    static @Nullable LoadReportDescription of(Published published, int reporting) {
        ReportedWeights.Obstacle because = published.reports().because();
        return published.settings().load().useReports()
                ? new LoadReportDescription(because == null, because, reporting)
                : null;
    }
}
