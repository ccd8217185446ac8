package io.github.zklb.reports;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.code_intelligence.jazzer.mutation.annotation.NotNull;

/**
 * Load reports for Jazzer. In the build it runs an empty one; {@code JAZZER_FUZZ=1 ./mvnw test -Djazzer.hooks=true
 * -Dtest=LoadReportFuzzTargetTest} looks for others.
 */
class LoadReportFuzzTargetTest {

    @FuzzTest(maxDuration = "2m")
    void noHeaderDoesAnyHarm(@NotNull String header) {
        LoadReportFuzz.check(header);
    }
}
