package io.github.zklb.autoconfigure;

import io.github.zklb.actuate.NoStrategyFilter;
import io.github.zklb.actuate.ServiceMeters;
import io.github.zklb.actuate.StrategyObservations;
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
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.http.client.observation.ClientRequestObservationContext;
import org.springframework.util.function.SingletonSupplier;

/** Meters of each service, and the strategy's name in the observations of the HTTP clients, where Micrometer is there. */
@AutoConfiguration(
        after = ZkLbAutoConfiguration.class,
        afterName = "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration")
@ConditionalOnBean(ServiceEngines.class)
public final class ZkLbMetricsAutoConfiguration {

    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(MeterBinder.class)
    static class Meters {

        @Bean
        @ConditionalOnMissingBean
        ServiceMeters zkLbServiceMeters(ServiceEngines engines, ZkLbProperties properties) {
            return new ServiceMeters(engines, properties.metrics().perEndpoint(), InstantSource.system());
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
}
