package io.github.zklb.autoconfigure;

import io.github.zklb.springcloud.ServiceSettings;
import io.github.zklb.strategy.StrategySettings;
import org.springframework.boot.context.properties.NestedConfigurationProperty;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties that a service may have of its own, below {@code zk-lb.services.<id>}.
 *
 * @param strategy Strategy that picks the instance for a request to this service.
 * @param consistentHash Settings of the strategy consistent-hash for this service.
 * @param membership How the list of this service's instances follows ZooKeeper.
 */
public record ServiceProperties(
        @DefaultValue("weighted") String strategy,
        @NestedConfigurationProperty @DefaultValue ConsistentHashProperties consistentHash,
        @NestedConfigurationProperty @DefaultValue MembershipProperties membership) {

    ServiceSettings toSettings() {
        return new ServiceSettings(
                strategy,
                new StrategySettings(consistentHash.toSettings()),
                consistentHash.key(),
                membership.firstLoadTimeout());
    }
}
