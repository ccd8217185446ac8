/**
 * The adapter to Spring Cloud LoadBalancer: the supplier of instances, the load balancer and the hash key of a request.
 * The only package in which an endpoint becomes a {@code ServiceInstance}.
 */
@NullMarked
package io.github.zklb.springcloud;

import org.jspecify.annotations.NullMarked;
