package io.github.zklb.autoconfigure;

import io.github.zklb.actuate.MembershipHealthIndicator;
import io.github.zklb.zookeeper.membership.ZooKeeperMemberships;
import java.time.InstantSource;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;

/** Shows the membership of each service to Spring Boot's health endpoint, where there is one. */
@AutoConfiguration(after = ZkLbAutoConfiguration.class)
@ConditionalOnClass({HealthIndicator.class, ConditionalOnEnabledHealthIndicator.class})
@ConditionalOnBean(ZooKeeperMemberships.class)
@EnableConfigurationProperties(ZkLbProperties.class)
public final class ZkLbHealthAutoConfiguration {

    @Bean
    @ConditionalOnEnabledHealthIndicator("zk-lb")
    @ConditionalOnMissingBean(name = "zkLbHealthIndicator")
    MembershipHealthIndicator zkLbHealthIndicator(ZooKeeperMemberships memberships, ZkLbProperties properties) {
        return new MembershipHealthIndicator(memberships, properties.health().staleIsDown(), InstantSource.system());
    }
}
