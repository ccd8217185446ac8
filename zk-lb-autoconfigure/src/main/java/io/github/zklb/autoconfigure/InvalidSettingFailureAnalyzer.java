package io.github.zklb.autoconfigure;

import io.github.zklb.InvalidSettingException;
import org.springframework.boot.context.properties.bind.BindException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/** Turns a setting that cannot be into a start-up message that names the property, the value and the remedy. */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class InvalidSettingFailureAnalyzer extends AbstractFailureAnalyzer<InvalidSettingException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, InvalidSettingException cause) {
        BindException bound = findCause(rootFailure, BindException.class);
        String property = cause.property();
        if (bound != null && bound.getName().toString().startsWith("zk-lb.services.")) {
            property = bound.getName() + property.substring(property.lastIndexOf('.'));
        }
        return new FailureAnalysis(
                "The property " + property + " has the value " + cause.value() + ", which it cannot have.",
                "Set " + property + " to " + cause.requirement() + ".",
                cause);
    }
}
