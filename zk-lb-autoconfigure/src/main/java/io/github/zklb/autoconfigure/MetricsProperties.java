package io.github.zklb.autoconfigure;

import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * The properties below {@code zk-lb.metrics}.
 *
 * @param perEndpoint Whether each instance has meters of its own, as long as it is there.
 */
@ConfigurationProperties("zk-lb.metrics")
public record MetricsProperties(@DefaultValue("false") boolean perEndpoint) {}
