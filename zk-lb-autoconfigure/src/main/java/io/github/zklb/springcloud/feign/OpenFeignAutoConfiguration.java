package io.github.zklb.springcloud.feign;

import feign.Feign;
import io.github.zklb.springcloud.BalancedServices;
import io.github.zklb.springcloud.ClientCalls;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.config.ConfigurableListableBeanFactory;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.cloud.openfeign.loadbalancer.FeignBlockingLoadBalancerClient;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/** Has the clients of OpenFeign count their calls, and their services ready; a client of the user's own stays as it is. */
@AutoConfiguration(afterName = "io.github.zklb.autoconfigure.ZkLbAutoConfiguration")
@ConditionalOnClass({Feign.class, FeignBlockingLoadBalancerClient.class})
@ConditionalOnBean({ClientCalls.class, LoadBalancerClientFactory.class})
public final class OpenFeignAutoConfiguration {

    @Bean
    static CountingFeignClients zkLbCountingFeignClients(BeanFactory beans) {
        return new CountingFeignClients(beans);
    }

    @Bean
    static BalancedServices zkLbFeignServices(ConfigurableListableBeanFactory beans, Environment environment) {
        return new FeignServices(beans, environment);
    }
}
