package io.github.zklb.actuate;

import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.springcloud.KeySources;
import java.time.InstantSource;
import java.util.Map;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.autoconfigure.endpoint.web.WebEndpointProperties;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** The actuator's endpoints, where there is an actuator and they are exposed. */
@AutoConfiguration(afterName = "io.github.zklb.autoconfigure.ZkLbAutoConfiguration")
@ConditionalOnClass(ConditionalOnAvailableEndpoint.class)
@ConditionalOnBean(ServiceEngines.class)
public final class ZkLbEndpointAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    @ConditionalOnAvailableEndpoint
    ZkLbEndpoint zkLbEndpoint(ServiceEngines engines, KeySources keySources) {
        return new ZkLbEndpoint(engines, keySources, InstantSource.system());
    }

    @Bean
    @ConditionalOnMissingBean
    @ConditionalOnAvailableEndpoint
    ZkLbPageEndpoint zkLbPageEndpoint(ObjectProvider<WebEndpointProperties> web) {
        WebEndpointProperties properties = web.getIfAvailable(WebEndpointProperties::new);
        Map<String, String> paths = properties.getPathMapping();
        return new ZkLbPageEndpoint(
                paths.getOrDefault(ZkLbPageEndpoint.ID, ZkLbPageEndpoint.ID),
                paths.getOrDefault(ZkLbEndpoint.ID, ZkLbEndpoint.ID));
    }
}
