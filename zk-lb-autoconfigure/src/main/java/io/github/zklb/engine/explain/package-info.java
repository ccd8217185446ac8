/**
 * Why a request goes where it goes, and where it would go after a change: told by the code that makes the picks, without any
 * effect on them. Knows neither Spring nor Reactor nor Curator.
 *
 * <p>Internal: types that are public here are so for other packages of zk-lb, and may change at any time.
 */
@NullMarked
package io.github.zklb.engine.explain;

import org.jspecify.annotations.NullMarked;
