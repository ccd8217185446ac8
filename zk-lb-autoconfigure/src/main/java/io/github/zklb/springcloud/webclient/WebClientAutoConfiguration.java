package io.github.zklb.springcloud.webclient;

import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.springcloud.ClientCalls;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.LoadBalancerProperties;
import org.springframework.cloud.client.loadbalancer.reactive.LoadBalancedExchangeFilterFunction;
import org.springframework.cloud.client.loadbalancer.reactive.LoadBalancerClientRequestTransformer;
import org.springframework.cloud.client.loadbalancer.reactive.LoadBalancerRetryPolicy;
import org.springframework.cloud.client.loadbalancer.reactive.ReactiveLoadBalancer;
import org.springframework.cloud.client.loadbalancer.reactive.ReactorLoadBalancerClientAutoConfiguration;
import org.springframework.cloud.client.loadbalancer.reactive.ReactorLoadBalancerExchangeFilterFunction;
import org.springframework.cloud.client.loadbalancer.reactive.RetryableLoadBalancerExchangeFilterFunction;
import org.springframework.cloud.loadbalancer.core.XForwardedHeadersTransformer;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.context.annotation.Bean;
import org.springframework.web.reactive.function.client.ClientRequest;
import org.springframework.web.reactive.function.client.WebClient;

/** The filters of WebClient, in place of the stock ones and under their names; a user's own wins. */
@AutoConfiguration(
        afterName = "io.github.zklb.autoconfigure.ZkLbAutoConfiguration",
        before = ReactorLoadBalancerClientAutoConfiguration.class)
@ConditionalOnClass(WebClient.class)
@ConditionalOnBean({ServiceEngines.class, LoadBalancerClientFactory.class})
public final class WebClientAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean(LoadBalancedExchangeFilterFunction.class)
    @ConditionalOnBooleanProperty(
            name = "spring.cloud.loadbalancer.retry.enabled",
            havingValue = false,
            matchIfMissing = true)
    ReactorLoadBalancerExchangeFilterFunction loadBalancerExchangeFilterFunction(
            ReactiveLoadBalancer.Factory<ServiceInstance> clients,
            ObjectProvider<List<LoadBalancerClientRequestTransformer>> transformers,
            ClientCalls calls) {
        return new CountingExchangeFilter(clients, transformers.getIfAvailable(List::of), calls);
    }

    @Bean
    @ConditionalOnMissingBean(LoadBalancedExchangeFilterFunction.class)
    @ConditionalOnBooleanProperty(name = "spring.cloud.loadbalancer.retry.enabled")
    RetryableLoadBalancerExchangeFilterFunction retryableLoadBalancerExchangeFilterFunction(
            LoadBalancerRetryPolicy.Factory retryPolicies,
            ReactiveLoadBalancer.Factory<ServiceInstance> clients,
            ObjectProvider<List<LoadBalancerClientRequestTransformer>> transformers,
            ClientCalls calls) {
        return new CountingRetryExchangeFilter(retryPolicies, clients, transformers.getIfAvailable(List::of), calls);
    }

    /**
     * Adds to a request what {@code spring.cloud.loadbalancer.x-forwarded.enabled} asks for, with the values that the blocking
     * clients send. Spring's own transformer for it stands in the services' contexts, where WebClient's filter looks for none.
     */
    @Bean
    @ConditionalOnMissingBean(XForwardedHeadersTransformer.class)
    LoadBalancerClientRequestTransformer zkForwardedHeaders(ReactiveLoadBalancer.Factory<ServiceInstance> clients) {
        return (request, instance) -> {
            LoadBalancerProperties properties = clients.getProperties(instance.getServiceId());
            return properties != null && properties.getXForwarded().isEnabled()
                    ? ClientRequest.from(request)
                            .header("X-Forwarded-Host", request.url().getHost())
                            .header("X-Forwarded-Proto", request.url().getScheme())
                            .build()
                    : request;
        };
    }
}
