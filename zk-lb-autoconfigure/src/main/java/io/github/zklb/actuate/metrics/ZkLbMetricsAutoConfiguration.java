package io.github.zklb.actuate.metrics;

import io.github.zklb.engine.ServiceEngines;
import io.micrometer.core.instrument.binder.MeterBinder;
import io.micrometer.observation.ObservationFilter;
import io.micrometer.observation.ObservationRegistry;
import java.time.InstantSource;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBooleanProperty;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.client.observation.ClientRequestObservationContext;
import org.springframework.util.function.SingletonSupplier;

/** Meters of each service, and the strategy's name in the observations of the HTTP clients, where Micrometer is there. */
@AutoConfiguration(
        afterName = {
            "io.github.zklb.autoconfigure.ZkLbAutoConfiguration",
            "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration"
        })
@ConditionalOnBean(ServiceEngines.class)
@EnableConfigurationProperties(ZkLbMetricsAutoConfiguration.Properties.class)
public final class ZkLbMetricsAutoConfiguration {

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(MeterBinder.class)
    static class Meters {

        @Bean
        @ConditionalOnMissingBean
        ServiceMeters zkLbServiceMeters(ServiceEngines engines, Properties properties) {
            return new ServiceMeters(engines, properties.perEndpoint(), InstantSource.system());
        }
    }

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass({ObservationFilter.class, ClientRequestObservationContext.class})
    @ConditionalOnBean(ObservationRegistry.class)
    @ConditionalOnBooleanProperty(name = "zk-lb.metrics.strategy-tag", matchIfMissing = true)
    static class Observations {

        /** Made while the registry of observations is: it must not depend on anything. */
        @Bean
        static NoStrategyFilter zkLbNoStrategyFilter() {
            return new NoStrategyFilter();
        }

        @Bean
        StrategyObservations zkLbStrategyObservations(ObjectProvider<ObservationRegistry> registry) {
            return new StrategyObservations(SingletonSupplier.of(registry::getObject));
        }
    }

    /**
     * The properties below {@code zk-lb.metrics}.
     *
     * @param perEndpoint Whether each instance has meters of its own, as long as it is there.
     * @param strategyTag Whether Spring's meters of its HTTP clients have the tag zk.lb.strategy.
     */
    @ConfigurationProperties("zk-lb.metrics")
    public record Properties(
            @DefaultValue("false") boolean perEndpoint,
            @DefaultValue("true") boolean strategyTag) {}
}
