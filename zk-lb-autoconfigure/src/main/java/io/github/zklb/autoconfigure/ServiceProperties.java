package io.github.zklb.autoconfigure;

import io.github.zklb.engine.EngineSettings;
import io.github.zklb.strategy.StrategySettings;
import org.springframework.boot.context.properties.NestedConfigurationProperty;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties that a service may have of its own, below {@code zk-lb.services.<id>}.
 *
 * @param strategy Strategy that picks the instance for a request to this service.
 * @param consistentHash Settings of the strategy consistent-hash for this service.
 * @param leastRequest Settings of the strategy least-request.
 * @param load How the past of an instance counts.
 * @param slowStart How an instance that is new comes to its share.
 * @param outlierEjection When an instance that fails is left alone for a while.
 * @param membership How the list of this service's instances follows ZooKeeper.
 */
public record ServiceProperties(
        @DefaultValue("weighted") String strategy,
        @NestedConfigurationProperty @DefaultValue ConsistentHashProperties consistentHash,
        @NestedConfigurationProperty @DefaultValue LeastRequestProperties leastRequest,
        @NestedConfigurationProperty @DefaultValue LoadProperties load,
        @NestedConfigurationProperty @DefaultValue SlowStartProperties slowStart,
        @NestedConfigurationProperty @DefaultValue OutlierEjectionProperties outlierEjection,
        @NestedConfigurationProperty @DefaultValue MembershipProperties membership) {

    EngineSettings toSettings() {
        return new EngineSettings(
                strategy,
                new StrategySettings(consistentHash.toSettings(), leastRequest.toSettings()),
                consistentHash.key(),
                membership.firstLoadTimeout(),
                load.toSettings(),
                load.toFailures(),
                slowStart.toSettings(),
                outlierEjection.toSettings());
    }
}
