package io.github.zklb.springcloud.feign;

import feign.Feign;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.cloud.openfeign.loadbalancer.FeignBlockingLoadBalancerClient;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Has the clients of OpenFeign count their calls, where there are any; a client of the user's own stays as it is. */
@Configuration(proxyBeanMethods = false)
@ConditionalOnClass({Feign.class, FeignBlockingLoadBalancerClient.class})
public class FeignClientConfiguration {

    @Bean
    static CountingFeignClients zkLbCountingFeignClients(BeanFactory beans) {
        return new CountingFeignClients(beans);
    }
}
