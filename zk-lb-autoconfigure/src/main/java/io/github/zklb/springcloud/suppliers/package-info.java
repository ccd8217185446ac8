/**
 * The suppliers of instances around ours, or in its place: Spring Cloud LoadBalancer's and the user's.
 *
 * <p>Internal: types that are public here are so for other packages of zk-lb, and may change at any time.
 */
@NullMarked
package io.github.zklb.springcloud.suppliers;

import org.jspecify.annotations.NullMarked;
