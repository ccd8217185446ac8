/**
 * On which threads, and how often, a service's changes are worked in.
 *
 * <p>Internal: types that are public here are so for other packages of zk-lb, and may change at any time.
 */
@NullMarked
package io.github.zklb.engine.work;

import org.jspecify.annotations.NullMarked;
