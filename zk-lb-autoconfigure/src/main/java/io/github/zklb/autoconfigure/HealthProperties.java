package io.github.zklb.autoconfigure;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties below {@code zk-lb.health}.
 *
 * @param staleIsDown Whether the health indicator is DOWN while a list of instances is out of date, which it is while
 *     ZooKeeper does not answer.
 */
@ConfigurationProperties("zk-lb.health")
public record HealthProperties(@DefaultValue("false") boolean staleIsDown) {}
