package io.github.zklb.autoconfigure;

import io.github.zklb.zookeeper.NoZooKeeperException;
import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;

/** Says why an application that is to fail fast did not start, and how it would. */
final class NoZooKeeperFailureAnalyzer extends AbstractFailureAnalyzer<NoZooKeeperException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, NoZooKeeperException cause) {
        return new FailureAnalysis(
                cause.getMessage(),
                "Check spring.cloud.zookeeper.connect-string and the ensemble. With zk-lb.membership.fail-fast=false the"
                        + " application starts all the same, and works as soon as ZooKeeper answers.",
                cause);
    }
}
