package io.github.zklb.actuate.overlays;

import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.engine.explain.Rehearsals;
import io.github.zklb.policy.OverlayWriter;
import java.time.InstantSource;
import java.util.Set;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.bind.Bindable;
import org.springframework.boot.context.properties.bind.Binder;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/** The actuator's endpoint for writing overlays, where its access is set. */
@AutoConfiguration(afterName = "io.github.zklb.autoconfigure.ZkLbAutoConfiguration")
@ConditionalOnClass(ConditionalOnAvailableEndpoint.class)
@ConditionalOnBean({ServiceEngines.class, OverlayWriter.class})
@ConditionalOnAvailableEndpoint(ZkLbOverlaysEndpoint.class)
public final class ZkLbOverlaysAutoConfiguration {

    private static final String WRITABLE = "zk-lb.policy.writable-services";

    /**
     * The right to write is looked up each time, so that a refresh takes it away. Previews are rehearsed with what else is, if
     * there is anything else.
     */
    @Bean
    @ConditionalOnMissingBean
    ZkLbOverlaysEndpoint zkLbOverlaysEndpoint(
            ServiceEngines engines,
            ObjectProvider<Rehearsals> rehearsals,
            OverlayWriter writer,
            Environment environment) {
        return new ZkLbOverlaysEndpoint(
                engines,
                rehearsals.getIfAvailable(() -> new Rehearsals(Rehearsals.BUDGET)),
                writer,
                () -> Binder.get(environment)
                        .bind(WRITABLE, Bindable.setOf(String.class))
                        .orElse(Set.of()),
                InstantSource.system());
    }

    @Bean
    KnownParameters zkLbOverlayParameters() {
        return new KnownParameters();
    }
}
