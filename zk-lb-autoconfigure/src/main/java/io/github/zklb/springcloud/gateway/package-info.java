/**
 * Spring Cloud Gateway, on WebFlux and on WebMVC.
 */
@NullMarked
package io.github.zklb.springcloud.gateway;

import org.jspecify.annotations.NullMarked;
