/**
 * The suppliers of instances around ours, or in its place: Spring Cloud LoadBalancer's and the user's.
 */
@NullMarked
package io.github.zklb.springcloud.suppliers;

import org.jspecify.annotations.NullMarked;
