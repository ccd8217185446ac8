package io.github.zklb.autoconfigure;

import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.springcloud.blocking.BlockingClientConfiguration;
import io.github.zklb.springcloud.feign.FeignClientConfiguration;
import io.github.zklb.springcloud.webclient.WebClientConfiguration;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.cloud.client.loadbalancer.reactive.ReactorLoadBalancerClientAutoConfiguration;
import org.springframework.cloud.loadbalancer.config.BlockingLoadBalancerClientAutoConfiguration;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.context.annotation.Import;

/** Counts the calls of the {@code @LoadBalanced} clients, by being there before the stock clients. */
@AutoConfiguration(
        after = ZkLbAutoConfiguration.class,
        before = {BlockingLoadBalancerClientAutoConfiguration.class, ReactorLoadBalancerClientAutoConfiguration.class})
@ConditionalOnBean({ServiceEngines.class, LoadBalancerClientFactory.class})
@Import({BlockingClientConfiguration.class, WebClientConfiguration.class, FeignClientConfiguration.class})
public final class CallAccountingAutoConfiguration {}
