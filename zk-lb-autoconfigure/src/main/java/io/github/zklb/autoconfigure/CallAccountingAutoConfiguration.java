package io.github.zklb.autoconfigure;

import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.springcloud.webclient.WebClientConfiguration;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.cloud.client.loadbalancer.reactive.ReactorLoadBalancerClientAutoConfiguration;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.context.annotation.Import;

/** Counts the calls of WebClient, by being there before the stock filters. */
@AutoConfiguration(after = ZkLbAutoConfiguration.class, before = ReactorLoadBalancerClientAutoConfiguration.class)
@ConditionalOnBean({ServiceEngines.class, LoadBalancerClientFactory.class})
@Import(WebClientConfiguration.class)
public final class CallAccountingAutoConfiguration {}
