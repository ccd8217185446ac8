package io.github.zklb.autoconfigure;

import io.github.zklb.InvalidSettingException;
import io.github.zklb.Message;
import io.github.zklb.zookeeper.NoZooKeeperException;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.boot.diagnostics.FailureAnalyzer;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;

/** Turns what zk-lb stops the start for into a message that names the property, the value and the remedy. */
@Order(Ordered.HIGHEST_PRECEDENCE)
final class ZkLbFailureAnalyzer implements FailureAnalyzer {

    @Override
    public @Nullable FailureAnalysis analyze(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof InvalidSettingException invalid) {
                return new FailureAnalysis(
                        Message.A_VALUE_THAT_CANNOT_BE.of("The property " + invalid.property() + " has the value "
                                + invalid.value() + ", which it cannot have."),
                        "Set " + invalid.property() + " to " + invalid.requirement() + ".",
                        invalid);
            }
            if (cause instanceof NoZooKeeperException away) {
                return new FailureAnalysis(
                        away.getMessage(),
                        "Check spring.cloud.zookeeper.connect-string and the ensemble. With"
                                + " zk-lb.membership.fail-fast=false the application starts all the same, and works as"
                                + " soon as ZooKeeper answers.",
                        away);
            }
        }
        return null;
    }
}
