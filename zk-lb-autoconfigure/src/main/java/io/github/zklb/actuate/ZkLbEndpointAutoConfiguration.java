package io.github.zklb.actuate;

import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.engine.explain.Rehearsals;
import io.github.zklb.springcloud.KeySources;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.actuate.autoconfigure.endpoint.web.WebEndpointProperties;
import org.springframework.boot.actuate.endpoint.SanitizableData;
import org.springframework.boot.actuate.endpoint.Sanitizer;
import org.springframework.boot.actuate.endpoint.SanitizingFunction;
import org.springframework.boot.actuate.endpoint.Show;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.context.annotation.Bean;

/** The actuator's endpoints, where there is an actuator and they are exposed. */
@AutoConfiguration(afterName = "io.github.zklb.autoconfigure.ZkLbAutoConfiguration")
@ConditionalOnClass(ConditionalOnAvailableEndpoint.class)
@ConditionalOnBean(ServiceEngines.class)
@EnableConfigurationProperties(ZkLbEndpointAutoConfiguration.Properties.class)
public final class ZkLbEndpointAutoConfiguration {

    /** Also for previews of overlays: one at a time in all. */
    @Bean
    @ConditionalOnMissingBean
    Rehearsals zkLbRehearsals() {
        return new Rehearsals(Rehearsals.BUDGET);
    }

    @Bean
    @ConditionalOnMissingBean
    @ConditionalOnAvailableEndpoint
    ZkLbEndpoint zkLbEndpoint(
            ServiceEngines engines,
            Rehearsals rehearsals,
            KeySources keySources,
            ObjectProvider<SettingOrigins> origins,
            ObjectProvider<SanitizingFunction> sanitizing,
            Properties properties) {
        Sanitizer sanitizer = new Sanitizer(sanitizing.orderedStream().toList());
        return new ZkLbEndpoint(
                engines,
                rehearsals,
                keySources,
                InstantSource.system(),
                origins.getIfAvailable(() -> (service, layers, setting) -> null),
                (key, value, whom) -> sanitizer.sanitize(
                        new SanitizableData(null, key, value), properties.showValues.isShown(whom, properties.roles)));
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

    /**
     * The properties below {@code management.endpoint.zklb}.
     *
     * @param showValues When the values of the instances' metadata are shown.
     * @param roles Roles of which a user has to have one for values that are shown when authorized; without any, whoever is
     *     logged in sees them.
     */
    @ConfigurationProperties("management.endpoint.zklb")
    public record Properties(
            @DefaultValue("never") Show showValues,
            @DefaultValue Set<String> roles) {}
}
