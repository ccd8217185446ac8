package io.github.zklb.actuate;

import io.github.zklb.engine.ServiceEngines;
import io.github.zklb.zookeeper.membership.ZooKeeperMemberships;
import java.time.InstantSource;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/** Shows the membership of each service to Spring Boot's health endpoint, where there is one. */
@AutoConfiguration(afterName = "io.github.zklb.autoconfigure.ZkLbAutoConfiguration")
@ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
@ConditionalOnBean({ZooKeeperMemberships.class, ServiceEngines.class})
@EnableConfigurationProperties(ZkLbHealthAutoConfiguration.Properties.class)
public final class ZkLbHealthAutoConfiguration {

    @Bean
    @ConditionalOnEnabledHealthIndicator("zk-lb")
    @ConditionalOnMissingBean(name = "zkLbHealthIndicator")
    MembershipHealthIndicator zkLbHealthIndicator(
            ZooKeeperMemberships memberships, ServiceEngines engines, Properties properties) {
        return new MembershipHealthIndicator(memberships, engines, properties.staleIsDown(), InstantSource.system());
    }

    /**
     * The properties below {@code zk-lb.health}.
     *
     * @param staleIsDown Whether the health indicator is DOWN while a list of instances is out of date, which it is while
     *     ZooKeeper does not answer.
     */
    @ConfigurationProperties("zk-lb.health")
    public record Properties(@DefaultValue("false") boolean staleIsDown) {}
}
