/**
 * The adapter to Spring Cloud LoadBalancer: the supplier of instances, the load balancer and the hash key of a request.
 * The only package in which an endpoint becomes a {@code ServiceInstance}.
 *
 * <p>Supported are {@link io.github.zklb.springcloud.ZkLoadBalancer}, {@link io.github.zklb.springcloud.HashKeyResolver},
 * {@link io.github.zklb.springcloud.ZkServiceInstanceListSupplier}, {@link io.github.zklb.springcloud.NoInstanceException} and
 * {@link io.github.zklb.springcloud.ClientCalls.SendListener}. Internal: other types that are public here are so for other packages of zk-lb, and
 * may change at any time.
 */
@NullMarked
package io.github.zklb.springcloud;

import org.jspecify.annotations.NullMarked;
