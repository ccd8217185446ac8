package io.github.zklb.springcloud.gateway;

import io.github.zklb.springcloud.BalancedServices;
import io.github.zklb.springcloud.ClientCalls;
import jakarta.servlet.ServletRequestListener;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.ListableBeanFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.boot.restclient.autoconfigure.RestClientBuilderConfigurer;
import org.springframework.cloud.client.loadbalancer.LoadBalanced;
import org.springframework.cloud.gateway.server.mvc.GatewayServerMvcAutoConfiguration;
import org.springframework.cloud.gateway.server.mvc.config.GatewayMvcProperties;
import org.springframework.cloud.gateway.server.mvc.filter.HttpHeadersFilter.RequestHttpHeadersFilter;
import org.springframework.cloud.gateway.server.mvc.filter.HttpHeadersFilter.ResponseHttpHeadersFilter;
import org.springframework.cloud.gateway.server.mvc.handler.ProxyExchange;
import org.springframework.cloud.gateway.server.mvc.handler.ProxyExchangeHandlerFunction;
import org.springframework.cloud.gateway.server.mvc.handler.RestClientProxyExchange;
import org.springframework.cloud.loadbalancer.annotation.LoadBalancerClients;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Lazy;
import org.springframework.web.client.RestClient;

/** Counts the calls of a gateway on WebMVC, and gives its errors a reason. */
@AutoConfiguration(
        afterName = "io.github.zklb.autoconfigure.ZkLbAutoConfiguration",
        before = GatewayServerMvcAutoConfiguration.class)
@ConditionalOnClass(ProxyExchangeHandlerFunction.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnBooleanProperty(name = "spring.cloud.gateway.server.webmvc.enabled", matchIfMissing = true)
@ConditionalOnBean(ClientCalls.class)
@LoadBalancerClients(defaultConfiguration = GatewayClientConfiguration.class)
public final class GatewayWebMvcAutoConfiguration {

    /** Puts a handler that counts in the place of the stock one. One of another name or class is the user's own and stays. */
    @Bean
    static BeanPostProcessor zkLbCountingProxyHandlers(BeanFactory beans) {
        return new BeanPostProcessor() {
            @Override
            public Object postProcessAfterInitialization(Object bean, String name) {
                return name.equals("proxyExchangeHandlerFunction")
                                && bean.getClass() == ProxyExchangeHandlerFunction.class
                        ? new GatewayProxyHandler(
                                beans.getBean(ProxyExchange.class),
                                beans.getBeanProvider(RequestHttpHeadersFilter.class),
                                beans.getBeanProvider(ResponseHttpHeadersFilter.class),
                                beans.getBean(ClientCalls.class))
                        : bean;
            }
        };
    }

    /** The web server tells it of the end of each request from outside. */
    @Bean
    ServletRequestListener zkLbGatewayBodies() {
        return new GatewayBodies();
    }

    /**
     * What sends the requests. The stock one takes any only {@code RestClient.Builder}; one that is load-balanced would
     * balance a request again that goes to an instance already (spring-cloud-gateway #3168). Then this takes another.
     */
    @Bean
    @Lazy // there may be no gateway, if its auto-configuration is excluded
    @ConditionalOnMissingBean(ProxyExchange.class)
    RestClientProxyExchange zkLbProxyExchange(
            ListableBeanFactory beans,
            ObjectProvider<RestClientBuilderConfigurer> configurer,
            GatewayMvcProperties properties) {
        Map<Boolean, List<String>> byBalanced = Arrays.stream(beans.getBeanNamesForType(RestClient.Builder.class))
                .collect(Collectors.partitioningBy(
                        name -> beans.findAnnotationOnBean(name, LoadBalanced.class) != null));
        List<String> plain = byBalanced.getOrDefault(false, List.of());
        RestClient.Builder builder = byBalanced.getOrDefault(true, List.of()).isEmpty()
                ? beans.getBean(RestClient.Builder.class)
                : plain.size() == 1
                        ? beans.getBean(plain.get(0), RestClient.Builder.class)
                        : configured(RestClient.builder(), configurer);
        return new RestClientProxyExchange(builder.build(), properties);
    }

    /** Those of the routes in the properties; routes in Java are functions, which nobody can look into. */
    @Bean
    BalancedServices zkLbWebMvcRoutes(ObjectProvider<GatewayMvcProperties> gateway) {
        return () -> {
            Set<String> services = new HashSet<>();
            gateway.ifAvailable(properties -> Stream.concat(
                            properties.getRoutes().stream(), properties.getRoutesMap().values().stream())
                    .forEach(route -> BalancedServices.ofRoute(route.getUri(), services::add)));
            return services;
        };
    }

    private static RestClient.Builder configured(
            RestClient.Builder builder, ObjectProvider<RestClientBuilderConfigurer> configurer) {
        configurer.ifAvailable(it -> it.configure(builder));
        return builder;
    }
}
