package io.github.zklb.springcloud.gateway;

import io.github.zklb.springcloud.ClientCalls;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnWebApplication;
import org.springframework.cloud.gateway.server.mvc.handler.ProxyExchangeHandlerFunction;
import org.springframework.cloud.loadbalancer.annotation.LoadBalancerClients;
import org.springframework.context.annotation.Import;

/** Counts the calls of a gateway on WebMVC, and gives its errors a reason. */
@AutoConfiguration(afterName = "io.github.zklb.autoconfigure.ZkLbAutoConfiguration")
@ConditionalOnClass(ProxyExchangeHandlerFunction.class)
@ConditionalOnWebApplication(type = ConditionalOnWebApplication.Type.SERVLET)
@ConditionalOnBooleanProperty(name = "spring.cloud.gateway.server.webmvc.enabled", matchIfMissing = true)
@ConditionalOnBean(ClientCalls.class)
@Import(GatewayWebMvcConfiguration.class)
@LoadBalancerClients(defaultConfiguration = GatewayClientConfiguration.class)
public final class GatewayWebMvcAutoConfiguration {}
