/**
 * Whether an address accepts connections, asked off the request path. Knows neither Spring nor Reactor nor Curator.
 *
 * <p>Internal: types that are public here are so for other packages of zk-lb, and may change at any time.
 */
@NullMarked
package io.github.zklb.engine.probes;

import org.jspecify.annotations.NullMarked;
