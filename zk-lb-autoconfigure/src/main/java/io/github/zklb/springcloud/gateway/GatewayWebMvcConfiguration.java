package io.github.zklb.springcloud.gateway;

import org.springframework.beans.factory.BeanFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** Has the handler of Spring Cloud Gateway on WebMVC count its calls, where there is one. */
@Configuration(proxyBeanMethods = false)
public class GatewayWebMvcConfiguration {

    @Bean
    static CountingProxyHandlers zkLbCountingProxyHandlers(BeanFactory beans) {
        return new CountingProxyHandlers(beans);
    }
}
