/**
 * OpenFeign.
 */
@NullMarked
package io.github.zklb.springcloud.feign;

import org.jspecify.annotations.NullMarked;
