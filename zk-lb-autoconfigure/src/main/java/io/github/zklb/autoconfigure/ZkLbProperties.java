package io.github.zklb.autoconfigure;

import java.util.Map;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.NestedConfigurationProperty;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties below {@code zk-lb}.
 *
 * @param enabled Whether zk-lb balances the calls; false gives Spring Cloud LoadBalancer's own balancer back.
 * @param strategy Strategy that picks the instance for a request: round-robin, random, weighted, weighted-random,
 *     consistent-hash, least-request, peak-ewma, or the name of a StrategyFactory bean.
 * @param consistentHash Settings of the strategy consistent-hash.
 * @param leastRequest Settings of the strategy least-request.
 * @param load How the past of an instance counts.
 * @param slowStart How an instance that is new comes to its share.
 * @param outlierEjection When an instance that fails is left alone for a while.
 * @param membership How the list of instances follows ZooKeeper.
 * @param services Settings for single services, by service id; each overrides the one of the same name below zk-lb.
 */
@ConfigurationProperties("zk-lb")
public record ZkLbProperties(
        @DefaultValue("true") boolean enabled,
        @DefaultValue("weighted") String strategy,
        @NestedConfigurationProperty @DefaultValue ConsistentHashProperties consistentHash,
        @NestedConfigurationProperty @DefaultValue LeastRequestProperties leastRequest,
        @NestedConfigurationProperty @DefaultValue LoadProperties load,
        @NestedConfigurationProperty @DefaultValue SlowStartProperties slowStart,
        @NestedConfigurationProperty @DefaultValue OutlierEjectionProperties outlierEjection,
        @NestedConfigurationProperty @DefaultValue MembershipProperties membership,
        @DefaultValue Map<String, ServiceProperties> services) {}
