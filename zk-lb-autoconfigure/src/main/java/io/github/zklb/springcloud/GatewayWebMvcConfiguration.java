package io.github.zklb.springcloud;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.cloud.gateway.server.mvc.filter.HttpHeadersFilter.RequestHttpHeadersFilter;
import org.springframework.cloud.gateway.server.mvc.filter.HttpHeadersFilter.ResponseHttpHeadersFilter;
import org.springframework.cloud.gateway.server.mvc.handler.ProxyExchange;
import org.springframework.cloud.gateway.server.mvc.handler.ProxyExchangeHandlerFunction;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/** The handler of Spring Cloud Gateway on WebMVC, in place of the stock one and under its name; a user's own wins. */
@Configuration(proxyBeanMethods = false)
public class GatewayWebMvcConfiguration {

    @Bean
    @ConditionalOnMissingBean
    ProxyExchangeHandlerFunction proxyExchangeHandlerFunction(
            ProxyExchange exchange,
            ObjectProvider<RequestHttpHeadersFilter> requestFilters,
            ObjectProvider<ResponseHttpHeadersFilter> responseFilters,
            ServiceBalancers balancers) {
        return new GatewayProxyHandler(exchange, requestFilters, responseFilters, balancers::start);
    }
}
