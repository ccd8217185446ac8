/**
 * One engine for each service: what the membership says, what the settings ask for and what the calls tell is worked into
 * snapshots, which requests read. Knows neither Spring nor Reactor nor Curator.
 *
 * <p>Internal: types that are public here are so for other packages of zk-lb, and may change at any time.
 */
@NullMarked
package io.github.zklb.engine;

import org.jspecify.annotations.NullMarked;
