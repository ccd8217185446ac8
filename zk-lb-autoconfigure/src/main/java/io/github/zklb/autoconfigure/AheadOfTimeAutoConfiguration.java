package io.github.zklb.autoconfigure;

import io.github.zklb.engine.ServiceEngines;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;

/** What zk-lb adds to the code that Spring generates ahead of time. */
@AutoConfiguration(after = ZkLbAutoConfiguration.class)
@ConditionalOnBean(ServiceEngines.class)
public final class AheadOfTimeAutoConfiguration {

    @Bean
    static AheadOfTimeClients zkLbAheadOfTimeClients(Environment environment) {
        return new AheadOfTimeClients(environment);
    }

    @Bean
    static AheadOfTimeHints zkLbAheadOfTimeHints() {
        return new AheadOfTimeHints();
    }
}
