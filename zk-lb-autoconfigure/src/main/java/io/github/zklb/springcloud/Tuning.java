package io.github.zklb.springcloud;

import io.github.zklb.Strategy;

/**
 * What a service's balancer works with until the configuration changes. Immutable.
 *
 * @param settings the settings
 * @param strategy the strategy that they name; the same one as before while the name stays, with its cursors
 * @param keys finds the hash key of a request
 */
public record Tuning(ServiceSettings settings, Strategy strategy, HashKeyResolver keys) {}
