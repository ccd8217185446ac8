/**
 * RestTemplate, RestClient, HTTP interfaces on RestClient, and whoever uses a LoadBalancerClient by hand.
 *
 * <p>Internal: types that are public here are so for other packages of zk-lb, and may change at any time.
 */
@NullMarked
package io.github.zklb.springcloud.blocking;

import org.jspecify.annotations.NullMarked;
