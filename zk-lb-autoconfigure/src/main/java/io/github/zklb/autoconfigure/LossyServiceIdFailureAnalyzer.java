package io.github.zklb.autoconfigure;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Shows a service id that would be misread, and how to write it. */
final class LossyServiceIdFailureAnalyzer extends AbstractFailureAnalyzer<LossyServiceIdException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, LossyServiceIdException cause) {
        return new FailureAnalysis(cause.getMessage(), cause.remedy(), cause);
    }
}
