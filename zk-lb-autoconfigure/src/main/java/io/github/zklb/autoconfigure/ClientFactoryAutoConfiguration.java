package io.github.zklb.autoconfigure;

import io.github.zklb.springcloud.RememberingClientFactory;
import org.apache.curator.framework.CuratorFramework;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClientsProperties;
import org.springframework.cloud.loadbalancer.config.LoadBalancerAutoConfiguration;
import org.springframework.cloud.zookeeper.ZookeeperAutoConfiguration;
import org.springframework.cloud.zookeeper.discovery.ZookeeperDiscoveryAutoConfiguration;
import org.springframework.cloud.zookeeper.discovery.ZookeeperDiscoveryProperties;
import org.springframework.context.annotation.Import;

/** Gives the clients their contexts, by being there before the stock factory. */
@AutoConfiguration(
        after = {ZookeeperAutoConfiguration.class, ZookeeperDiscoveryAutoConfiguration.class},
        before = LoadBalancerAutoConfiguration.class)
@ConditionalOnBooleanProperty(name = "zk-lb.enabled", matchIfMissing = true)
@ConditionalOnBooleanProperty(name = "spring.cloud.zookeeper.loadbalancer.enabled", matchIfMissing = true)
@ConditionalOnBooleanProperty(name = "spring.cloud.loadbalancer.enabled", matchIfMissing = true)
@ConditionalOnBean({CuratorFramework.class, ZookeeperDiscoveryProperties.class})
@EnableConfigurationProperties(LoadBalancerClientsProperties.class)
@Import(RememberingClientFactory.Beans.class)
public final class ClientFactoryAutoConfiguration {}
