/**
 * RestTemplate, RestClient, HTTP interfaces on RestClient, and whoever uses a LoadBalancerClient by hand.
 */
@NullMarked
package io.github.zklb.springcloud.blocking;

import org.jspecify.annotations.NullMarked;
