package io.github.zklb.autoconfigure;

import io.github.zklb.springcloud.RememberingClientFactory;
import org.apache.curator.framework.CuratorFramework;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClientsProperties;
import org.springframework.cloud.loadbalancer.annotation.LoadBalancerClientSpecification;
import org.springframework.cloud.loadbalancer.config.LoadBalancerAutoConfiguration;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.cloud.zookeeper.ZookeeperAutoConfiguration;
import org.springframework.cloud.zookeeper.discovery.ZookeeperDiscoveryAutoConfiguration;
import org.springframework.cloud.zookeeper.discovery.ZookeeperDiscoveryProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Fallback;

/** Gives the clients their contexts, by a factory in place of the stock one and under its name, unless the user has one. */
@AutoConfiguration(
        after = {ZookeeperAutoConfiguration.class, ZookeeperDiscoveryAutoConfiguration.class},
        before = LoadBalancerAutoConfiguration.class)
@ConditionalOnBooleanProperty(name = "zk-lb.enabled", matchIfMissing = true)
@ConditionalOnBooleanProperty(name = "spring.cloud.zookeeper.loadbalancer.enabled", matchIfMissing = true)
@ConditionalOnBooleanProperty(name = "spring.cloud.loadbalancer.enabled", matchIfMissing = true)
@ConditionalOnClass({CuratorFramework.class, ZookeeperDiscoveryProperties.class, LoadBalancerClientFactory.class})
@ConditionalOnBean({CuratorFramework.class, ZookeeperDiscoveryProperties.class})
@EnableConfigurationProperties(LoadBalancerClientsProperties.class)
public final class ClientFactoryAutoConfiguration {

    /** Declared as the stock type: what is prepared ahead of time asks for a bean of exactly that. */
    @Bean
    @Fallback
    @ConditionalOnMissingBean
    LoadBalancerClientFactory loadBalancerClientFactory(
            LoadBalancerClientsProperties properties, ObjectProvider<LoadBalancerClientSpecification> specifications) {
        RememberingClientFactory factory = new RememberingClientFactory(properties);
        factory.setConfigurations(specifications.stream().toList());
        return factory;
    }
}
