package io.github.zklb.autoconfigure.properties;

import io.github.zklb.InvalidSettingException;
import io.github.zklb.calls.Failures;
import io.github.zklb.calls.LoadSettings;
import io.github.zklb.engine.EngineSettings;
import io.github.zklb.strategy.ConsistentHashSettings;
import io.github.zklb.strategy.StrategySettings;
import io.github.zklb.traffic.OutlierEjectionSettings;
import io.github.zklb.traffic.SlowStartSettings;
import io.github.zklb.traffic.ZoneSettings;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.NestedConfigurationProperty;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties below {@code zk-lb} that a service may override below {@code zk-lb.services.<id>}. Any value can be bound;
 * the settings made of it refuse a wrong one.
 *
 * @param enabled Whether zk-lb balances the calls; false gives Spring Cloud LoadBalancer's own balancer back.
 * @param source Registry that the instances come from: zookeeper, discovery-client (the other DiscoveryClients of the
 *     application), or auto: ZooKeeper, and the others as long as ZooKeeper has never had the service. Read when a
 *     service is first called.
 * @param strategy Strategy that picks the instance for a request: round-robin, random, weighted, weighted-random,
 *     consistent-hash, least-request, peak-ewma, or the name of a StrategyFactory bean.
 * @param consistentHash Settings of the strategy consistent-hash.
 * @param leastRequest Settings of the strategy least-request.
 * @param weight How the weights of instances count.
 * @param load How the past of an instance counts.
 * @param loadReport What instances say of their own load.
 * @param slowStart How an instance that is new comes to its share.
 * @param outlierEjection When an instance that fails is left alone for a while.
 * @param zone How requests keep to the caller's own zone.
 * @param routes Which requests go to which instances, by their metadata; the first that holds for a request counts.
 * @param policy How far operators' overlays and policies are heeded.
 * @param membership How the list of instances follows ZooKeeper.
 */
@ConfigurationProperties("zk-lb")
public record ServiceProperties(
        @DefaultValue("true") boolean enabled,
        @DefaultValue("auto") EngineSettings.Source source,
        @DefaultValue("weighted") String strategy,
        @DefaultValue ConsistentHash consistentHash,
        @DefaultValue LeastRequest leastRequest,
        @DefaultValue Weight weight,
        @DefaultValue Load load,
        @DefaultValue LoadReport loadReport,
        @DefaultValue SlowStart slowStart,
        @DefaultValue OutlierEjection outlierEjection,
        @DefaultValue Zone zone,
        @DefaultValue List<RouteProperties> routes,
        @DefaultValue @NestedConfigurationProperty PolicyProperties policy,
        @DefaultValue @NestedConfigurationProperty MembershipProperties membership) {

    private static final Duration LONGEST_FIRST_LOAD = Duration.ofMinutes(5);

    /**
     * How the calls to the service are balanced.
     *
     * @param ownZone the application's zone, by the metadata key of zones, where no property says it
     * @throws InvalidSettingException if a value cannot be, also one of the membership
     */
    public EngineSettings toSettings(Function<String, @Nullable String> ownZone) {
        membership.toSettings(any -> true);
        InvalidSettingException.requireRange(
                "membership.first-load-timeout", membership.firstLoadTimeout(), Duration.ZERO, LONGEST_FIRST_LOAD);
        String own = zone.name == null ? ownZone.apply(zone.metadataKey) : zone.name;
        return new EngineSettings(
                source,
                strategy,
                new StrategySettings(consistentHash.toSettings(), leastRequest.choiceCount, weight.maxRatio),
                consistentHash.key,
                membership.firstLoadTimeout(),
                new LoadSettings(load.decay, load.failurePenalty, loadReport.use),
                Failures.of(load.errorStatuses, load.errorTypes),
                new SlowStartSettings(slowStart.window, slowStart.aggression, slowStart.minimumWeightPercent),
                membership.hold().toSettings(),
                outlierEjection.toSettings(),
                new ZoneSettings(zone.mode, own, zone.metadataKey, zone.callerShares, zone.minEndpoints),
                RouteProperties.toRoutes(routes),
                policy.toSettings());
    }

    /**
     * The properties below {@code zk-lb.consistent-hash}.
     *
     * @param algorithm Algorithm that maps a key to an instance.
     * @param key Sources of a request's key, the first that is present counts: header:NAME, cookie:NAME, query:NAME,
     *     path, path:N (a segment, from 0), method, attribute:NAME (not with OpenFeign), bean:NAME (a
     *     HashKeyResolver).
     * @param whenMissing Strategy for a request without any key; 'fail' refuses such a request.
     * @param virtualNodes Number of points on the ring for an instance of mean weight, 1 to 4096. More points balance
     *     better and take more memory. All clients of a service must agree on it.
     * @param tableSize Least number of slots of the table of maglev and rendezvous, 1000 to 2000000. Without it the size
     *     follows from the number of instances. All clients of a service must agree on it.
     * @param boundedLoad Factor, from 1, by which the requests in flight to an instance may exceed its share before its
     *     keys go on to their next instance, never below 4. Without it there is no bound.
     * @param replicas Number of instances that a key has, 1 or 2. Of two, a request goes to the less loaded one, so that a
     *     key with many requests is spread over both.
     * @param identity Part of a registration that places it on the ring: the address survives a restart of the instance.
     */
    public record ConsistentHash(
            @DefaultValue("ring") ConsistentHashSettings.Algorithm algorithm,
            @DefaultValue List<String> key,
            @DefaultValue("weighted") String whenMissing,
            @DefaultValue("160") int virtualNodes,
            @Nullable Integer tableSize,
            @Nullable Double boundedLoad,
            @DefaultValue("1") int replicas,
            @DefaultValue("address") ConsistentHashSettings.Identity identity) {

        private ConsistentHashSettings toSettings() {
            return new ConsistentHashSettings(
                    algorithm, virtualNodes, tableSize, boundedLoad, replicas, identity, whenMissing);
        }
    }

    /**
     * The properties below {@code zk-lb.least-request}.
     *
     * @param choiceCount Number of instances among which a pick takes the least loaded, 2 to 100.
     */
    public record LeastRequest(@DefaultValue("2") int choiceCount) {}

    /**
     * The properties below {@code zk-lb.weight}.
     *
     * @param maxRatio Number of times that the weight of an instance may count for the median of the weights at most, 1 to
     *     1000000. All clients of a service must agree on it.
     */
    public record Weight(@DefaultValue("100") int maxRatio) {}

    /**
     * The properties below {@code zk-lb.load}.
     *
     * @param decay Time over which the calls to an instance are averaged, 1ms to 1h; peak-ewma and least-request look at
     *     it.
     * @param failurePenalty Time that is added to an instance's expected latency if all of its calls fail, and in proportion
     *     if some do, 1ms to 1h, so that an instance that fails at once does not look fast.
     * @param errorStatuses HTTP statuses that count as errors of the instance: single ones and ranges.
     * @param errorTypes Class names of exceptions that count as errors of the instance, be it as a cause. Other exceptions
     *     are the caller's own.
     */
    public record Load(
            @DefaultValue("10s") Duration decay,
            @DefaultValue("5s") Duration failurePenalty,
            @DefaultValue("500-599") List<String> errorStatuses,

            @DefaultValue({"java.io.IOException", "java.util.concurrent.TimeoutException"})
            List<String> errorTypes) {}

    /**
     * The properties below {@code zk-lb.load-report} that a service may have of its own.
     *
     * @param use Whether instances are asked for their own load, and given their shares by it.
     */
    public record LoadReport(@DefaultValue("false") boolean use) {}

    /**
     * The properties below {@code zk-lb.slow-start}.
     *
     * @param window Time in which an instance that is new to a running client comes to its whole share, 0s to 1h; 0s gives
     *     it at once.
     * @param aggression Shape of the rise, 0.1 to 10: 1 is even, more is steep at first.
     * @param minimumWeightPercent Part of its share that a new instance begins with, 1 to 100.
     */
    public record SlowStart(
            @DefaultValue("0s") Duration window,
            @DefaultValue("1") double aggression,
            @DefaultValue("10") int minimumWeightPercent) {}

    /**
     * The properties below {@code zk-lb.outlier-ejection}.
     *
     * @param consecutiveConnectFailures Number of connections in a row that do not come about and eject, until one does, up to
     *     10000; 0 does not look at that.
     * @param enabled Whether instances whose answers fail or are slow are left alone for a while, by the properties that follow.
     * @param consecutiveErrors Number of errors in a row that ejects, up to 10000; 0 does not look at that.
     * @param errorRatePercent Share of failed calls that ejects, in a hundred; 0 does not look at that.
     * @param outlierFactor Number of standard deviations by which the share of failed calls may be above the mean, up to
     *     100; 0 does not look at that.
     * @param slowFactor Number of times as long as at the instance in the middle that half of the answers must take to eject,
     *     1.5 to 1000; 0 does not look at that.
     * @param slowFloor Time up to which an answer is not slow, however fast the others are, 1ms to 1h.
     * @param minimumRequests Fewest calls between two sweeps by which error rates and slow answers are judged, 1 to 1000000.
     * @param interval Time between two sweeps, 100ms to 1h.
     * @param baseEjectionTime Time that the first ejection lasts, 100ms to 1h; each further one lasts so much longer.
     * @param maxEjectionTime Longest time that an ejection lasts, 100ms to 24h.
     * @param maxEjectedPercent Most instances ejected at once, in a hundred, but one of two or more in any case unless it is
     *     0. When more are to be ejected at once, none is.
     * @param panicThresholdPercent Share of instances, in a hundred, below which ejections are ignored.
     */
    public record OutlierEjection(
            @DefaultValue("5") int consecutiveConnectFailures,
            @DefaultValue("false") boolean enabled,
            @DefaultValue("5") int consecutiveErrors,
            @DefaultValue("50") int errorRatePercent,
            @DefaultValue("1.9") double outlierFactor,
            @DefaultValue("5") double slowFactor,
            @DefaultValue("100ms") Duration slowFloor,
            @DefaultValue("20") int minimumRequests,
            @DefaultValue("10s") Duration interval,
            @DefaultValue("30s") Duration baseEjectionTime,
            @DefaultValue("5m") Duration maxEjectionTime,
            @DefaultValue("30") int maxEjectedPercent,
            @DefaultValue("50") int panicThresholdPercent) {

        private OutlierEjectionSettings toSettings() {
            return new OutlierEjectionSettings(
                    consecutiveConnectFailures,
                    enabled,
                    consecutiveErrors,
                    errorRatePercent,
                    outlierFactor,
                    slowFactor,
                    slowFloor,
                    minimumRequests,
                    interval,
                    baseEjectionTime,
                    maxEjectionTime,
                    maxEjectedPercent,
                    panicThresholdPercent);
        }
    }

    /**
     * The properties below {@code zk-lb.zone}.
     *
     * @param mode Whether requests keep to the caller's zone, and how far: off, balanced or prefer-local.
     * @param name Zone of this application; by default spring.cloud.loadbalancer.zone, or else its registration's.
     * @param metadataKey Metadata key by which registrations name their zones.
     * @param callerShares Shares of the callers' requests, by zone; by default the application's registrations tell.
     * @param minEndpoints Number of instances below which zones do not count, 1 to 1000000.
     */
    public record Zone(
            @DefaultValue("off") ZoneSettings.Mode mode,
            @Nullable String name,
            @DefaultValue("zone") String metadataKey,
            @DefaultValue Map<String, Double> callerShares,
            @DefaultValue("6") int minEndpoints) {}
}
