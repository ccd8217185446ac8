package io.github.zklb.clients;

import io.github.zklb.springcloud.HashKeyResolver;
import org.springframework.cloud.client.loadbalancer.RequestDataContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** A key source of the user's own, {@code bean:byTenant}: what the header X-Tenant says. */
@Configuration(proxyBeanMethods = false)
class KeyBeans {

    @Bean
    HashKeyResolver byTenant() {
        return request -> request.getContext() instanceof RequestDataContext context
                        && context.getClientRequest() != null
                        && context.getClientRequest().getHeaders() != null
                ? context.getClientRequest().getHeaders().getFirst("X-Tenant")
                : null;
    }
}
