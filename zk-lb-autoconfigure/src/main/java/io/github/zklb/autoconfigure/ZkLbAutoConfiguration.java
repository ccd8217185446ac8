package io.github.zklb.autoconfigure;

import io.github.zklb.Endpoint;
import io.github.zklb.EndpointFilter;
import io.github.zklb.EndpointRegistry;
import io.github.zklb.InvalidSettingException;
import io.github.zklb.StrategyFactory;
import io.github.zklb.autoconfigure.properties.NodeSettingsCheck;
import io.github.zklb.autoconfigure.properties.ServiceProperties;
import io.github.zklb.autoconfigure.properties.ServicePropertiesBinder;
import io.github.zklb.autoconfigure.properties.SettingsCheck;
import io.github.zklb.autoconfigure.properties.ZkLbProperties;
import io.github.zklb.engine.EngineSettings;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.policy.OverlayNode;
import io.github.zklb.policy.SettingLayers;
import io.github.zklb.registration.ZooKeeperEndpointRegistry;
import io.github.zklb.springcloud.ClientCalls;
import io.github.zklb.springcloud.ClientCalls.SendListener;
import io.github.zklb.springcloud.EngineLoadBalancer;
import io.github.zklb.springcloud.HashKeyResolver;
import io.github.zklb.springcloud.KeySources;
import io.github.zklb.springcloud.RememberingClientFactory;
import io.github.zklb.springcloud.RequestRoutes;
import io.github.zklb.springcloud.ZkLoadBalancer;
import io.github.zklb.springcloud.ZkServiceInstance;
import io.github.zklb.springcloud.suppliers.ZkLoadBalancerClientConfiguration;
import io.github.zklb.store.LastGoodStore;
import io.github.zklb.strategy.StrategyCatalogue;
import io.github.zklb.zookeeper.ClientSecurity;
import io.github.zklb.zookeeper.NodeFormat;
import io.github.zklb.zookeeper.ReadingLimits;
import io.github.zklb.zookeeper.membership.ZooKeeperMemberships;
import io.github.zklb.zookeeper.policy.ZooKeeperOverlayWriter;
import io.github.zklb.zookeeper.policy.ZooKeeperOverlays;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Predicate;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.x.discovery.details.InstanceSerializer;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.SmartInitializingSingleton;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.cloud.client.discovery.composite.CompositeDiscoveryClient;
import org.springframework.cloud.loadbalancer.annotation.LoadBalancerClients;
import org.springframework.cloud.loadbalancer.config.LoadBalancerAutoConfiguration;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.cloud.zookeeper.ZookeeperAutoConfiguration;
import org.springframework.cloud.zookeeper.discovery.ZookeeperDiscoveryAutoConfiguration;
import org.springframework.cloud.zookeeper.discovery.ZookeeperDiscoveryClient;
import org.springframework.cloud.zookeeper.discovery.ZookeeperDiscoveryProperties;
import org.springframework.cloud.zookeeper.discovery.ZookeeperInstance;
import org.springframework.cloud.zookeeper.discovery.dependency.ZookeeperDependencies;
import org.springframework.cloud.zookeeper.discovery.dependency.ZookeeperDependenciesAutoConfiguration;
import org.springframework.context.ApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.Environment;

/** Balances every {@code @LoadBalanced} client over the instances that ZooKeeper holds. */
@AutoConfiguration(
        after = {
            ZooKeeperClientAutoConfiguration.class,
            ZookeeperAutoConfiguration.class,
            ZookeeperDiscoveryAutoConfiguration.class,
            ZookeeperDependenciesAutoConfiguration.class,
            LoadBalancerAutoConfiguration.class
        })
@ConditionalOnBooleanProperty(name = "zk-lb.enabled", matchIfMissing = true)
@ConditionalOnBooleanProperty(name = "spring.cloud.zookeeper.loadbalancer.enabled", matchIfMissing = true)
@ConditionalOnClass({CuratorFramework.class, ZookeeperDiscoveryProperties.class, LoadBalancerClientFactory.class})
@ConditionalOnBean({CuratorFramework.class, ZookeeperDiscoveryProperties.class})
@EnableConfigurationProperties({ZkLbProperties.class, ServiceProperties.class})
@LoadBalancerClients(defaultConfiguration = ZkLoadBalancerClientConfiguration.class)
public final class ZkLbAutoConfiguration {

    @Bean
    ServicePropertiesBinder zkLbServicePropertiesBinder(ConfigurableEnvironment environment) {
        return new ServicePropertiesBinder(environment);
    }

    @Bean
    ServicePaths zkLbServicePaths(
            ZookeeperDiscoveryProperties discovery, ObjectProvider<ZookeeperDependencies> dependencies) {
        return new ServicePaths(discovery.getRoot(), dependencies.getIfAvailable());
    }

    @Bean
    @ConditionalOnProperty("zk-lb.membership.store-directory")
    LastGoodStore zkLbLastGoodStore(ZkLbProperties properties) {
        return new LastGoodStore(Objects.requireNonNull(properties.membership().storeDirectory()));
    }

    @Bean
    @ConditionalOnMissingBean
    ZooKeeperMemberships zooKeeperMemberships(
            CuratorFramework curator,
            ServicePaths paths,
            ServicePropertiesBinder properties,
            ObjectProvider<EndpointFilter> filters,
            ObjectProvider<LastGoodStore> store,
            ObjectProvider<ClientSecurity> security,
            NodeFormat format) {
        return new ZooKeeperMemberships(
                curator,
                paths::of,
                id -> properties.bind(id).membership().toSettings(filter(id, filters)),
                store.getIfAvailable(),
                security.getIfAvailable(() -> ClientSecurity.NONE),
                format);
    }

    @Bean
    NodeFormat zkLbNodeFormat(
            CuratorFramework curator,
            ZooKeeperClientAutoConfiguration.SecurityCustomizer client,
            ObjectProvider<InstanceSerializer<ZookeeperInstance>> serializer,
            ListableBeanFactory beans,
            ZookeeperDiscoveryProperties discovery) {
        return CuratorSetup.format(curator, client.builder(), serializer.getIfUnique(), beans, discovery.getRoot());
    }

    @Bean
    @ConditionalOnMissingBean(EndpointRegistry.class)
    ZooKeeperEndpointRegistry zkLbEndpointRegistry(CuratorFramework curator, ServicePaths paths, NodeFormat format) {
        return new ZooKeeperEndpointRegistry(curator, paths::of, format);
    }

    @Bean
    StrategyCatalogue zkLbStrategyCatalogue(ObjectProvider<StrategyFactory> factories) {
        return new StrategyCatalogue(factories.orderedStream().toList());
    }

    @Bean
    KeySources zkLbKeySources(ListableBeanFactory beans) {
        return new KeySources(keyResolvers(beans));
    }

    @Bean
    ZooKeeperOverlays zkLbOverlays(
            CuratorFramework curator,
            ZooKeeperMemberships memberships,
            ZkLbProperties properties,
            ServicePropertiesBinder settings,
            StrategyCatalogue strategies,
            KeySources keySources,
            @Value("${spring.application.name:}") String application) {
        SettingLayers.Check check = new NodeSettingsCheck(checked -> {
            strategies.requireKnown(checked.strategy(), checked.strategySettings());
            checkSources(checked, keySources);
        });
        ReadingLimits limits =
                memberships.limits(settings.bind(OverlayNode.ALL).membership().toSettings(any -> true));
        return new ZooKeeperOverlays(curator, limits, properties.policy().root(), application, check);
    }

    @Bean
    ZooKeeperOverlayWriter zkLbOverlayWriter(CuratorFramework curator, ZkLbProperties properties) {
        return new ZooKeeperOverlayWriter(curator, properties.policy().root());
    }

    @Bean
    ServiceEngines zkLbServiceEngines(
            ZooKeeperMemberships memberships,
            ZooKeeperOverlays overlays,
            StrategyCatalogue strategies,
            ServicePropertiesBinder properties,
            KeySources keySources,
            ObjectProvider<LoadBalancerClientFactory> clients,
            ZkLbProperties common,
            Environment environment,
            ZookeeperDiscoveryProperties discovery) {
        Function<String, @Nullable String> ownZone = key -> {
            String zone = environment.getProperty("spring.cloud.loadbalancer.zone");
            return zone == null ? discovery.getMetadata().get(key) : zone;
        };
        ServiceEngines engines = new ServiceEngines(
                memberships::service,
                strategies,
                id -> properties.bind(id).toSettings(ownZone),
                settings -> checkSources(settings, keySources),
                ZkServiceInstance.View::of);
        String application = environment.getProperty("spring.application.name", "");
        engines.steeredBy(overlays, (id, layers) -> properties.bind(id, layers).toSettings(ownZone));
        engines.calledBy(() -> application.isBlank() ? null : memberships.service(application));
        engines.forgetUnused(common.membership().idleTimeout(), id -> {
            memberships.forget(id);
            return clients.getIfAvailable() instanceof RememberingClientFactory factory ? factory.forget(id) : () -> {};
        });
        return engines;
    }

    @Bean
    ClientCalls zkLbClientCalls(ServiceEngines engines, ObjectProvider<SendListener> listeners) {
        return ClientCalls.to(engines, listeners.orderedStream().toList());
    }

    @Bean
    @ConditionalOnMissingBean
    ZkLoadBalancer zkLoadBalancer(
            ServiceEngines engines, ObjectProvider<LoadBalancerClientFactory> clients, ApplicationContext context) {
        LoadBalancerClientFactory factory = clients.getIfAvailable();
        return new EngineLoadBalancer(
                id -> factory == null ? null : factory.getInstance(id),
                id -> ZkLoadBalancerClientConfiguration.withoutClient(id, engines, context));
    }

    @Bean
    SettingsCheck zkLbSettingsCheck(
            ZkLbProperties properties,
            ServiceEngines engines,
            ServicePropertiesBinder settings,
            ConfigurableEnvironment environment) {
        return new SettingsCheck(properties.services().keySet(), engines, settings, environment);
    }

    @Bean
    UnknownServices zkLbUnknownServices(
            ZkLbProperties properties,
            ServicePropertiesBinder settings,
            ServiceEngines engines,
            ObjectProvider<DiscoveryClient> registries,
            CuratorFramework curator,
            ServicePaths paths) {
        Predicate<String> isElsewhere = id -> {
            ServiceProperties service = settings.bind(id);
            ServiceEngine used = engines.inUse(id);
            boolean supplied = used != null
                    && (used.membership() == null || !used.snapshots().known().isEmpty());
            return supplied
                    || !service.enabled()
                    || service.source() == EngineSettings.Source.DISCOVERY_CLIENT
                    || registries.stream()
                            .filter(each -> !(each instanceof CompositeDiscoveryClient)
                                    && !(each instanceof ZookeeperDiscoveryClient))
                            .anyMatch(each -> UnknownServices.mayHave(each, id));
        };
        return new UnknownServices(
                properties.services().keySet(),
                isElsewhere,
                curator,
                paths,
                () -> new CompletableFuture<Void>().completeOnTimeout(null, 1, TimeUnit.MINUTES));
    }

    @Bean
    static AheadOfTime zkLbAheadOfTime(Environment environment) {
        return new AheadOfTime(environment);
    }

    @Bean
    @ConditionalOnBooleanProperty("zk-lb.membership.fail-fast")
    SmartInitializingSingleton zkLbFailFast(ZooKeeperMemberships memberships, ZkLbProperties properties) {
        return () -> memberships.requireAnswer(properties.membership().failFastTimeout());
    }

    private static void checkSources(EngineSettings settings, KeySources keySources) {
        keySources.firstOf(settings.keySources());
        new RequestRoutes(settings.routes(), keySources);
    }

    private static Predicate<Endpoint> filter(String serviceId, ObjectProvider<EndpointFilter> filters) {
        List<EndpointFilter> all = filters.orderedStream().toList();
        return endpoint -> all.stream().allMatch(filter -> filter.accepts(serviceId, endpoint));
    }

    private static Function<String, HashKeyResolver> keyResolvers(ListableBeanFactory beans) {
        return name -> {
            if (beans.containsBean(name) && beans.isTypeMatch(name, HashKeyResolver.class)) {
                return beans.getBean(name, HashKeyResolver.class);
            }
            throw new InvalidSettingException(
                    "consistent-hash.key",
                    "bean:NAME with the name of a HashKeyResolver bean, of which there are "
                            + Arrays.toString(beans.getBeanNamesForType(HashKeyResolver.class)),
                    "'bean:" + name + "'");
        };
    }
}
