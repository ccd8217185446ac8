package io.github.zklb.springcloud.gateway;

import io.github.zklb.springcloud.ClientCalls;
import org.springframework.beans.factory.BeanFactory;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.cloud.gateway.server.mvc.filter.HttpHeadersFilter.RequestHttpHeadersFilter;
import org.springframework.cloud.gateway.server.mvc.filter.HttpHeadersFilter.ResponseHttpHeadersFilter;
import org.springframework.cloud.gateway.server.mvc.handler.ProxyExchange;
import org.springframework.cloud.gateway.server.mvc.handler.ProxyExchangeHandlerFunction;

/**
 * Puts a handler that counts in the place of the stock one of a gateway on WebMVC. One of another name or another class is
 * the user's own and stays.
 */
final class CountingProxyHandlers implements BeanPostProcessor {

    private static final String STOCK = "proxyExchangeHandlerFunction";

    private final BeanFactory beans;

    CountingProxyHandlers(BeanFactory beans) {
        this.beans = beans;
    }

    @Override
    public Object postProcessAfterInitialization(Object bean, String name) {
        return name.equals(STOCK) && bean.getClass() == ProxyExchangeHandlerFunction.class
                ? new GatewayProxyHandler(
                        beans.getBean(ProxyExchange.class),
                        beans.getBeanProvider(RequestHttpHeadersFilter.class),
                        beans.getBeanProvider(ResponseHttpHeadersFilter.class),
                        beans.getBean(ClientCalls.class))
                : bean;
    }
}
