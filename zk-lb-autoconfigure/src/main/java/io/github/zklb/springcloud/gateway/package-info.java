/**
 * Spring Cloud Gateway, on WebFlux and on WebMVC.
 *
 * <p>Internal: types that are public here are so for other packages of zk-lb, and may change at any time.
 */
@NullMarked
package io.github.zklb.springcloud.gateway;

import org.jspecify.annotations.NullMarked;
