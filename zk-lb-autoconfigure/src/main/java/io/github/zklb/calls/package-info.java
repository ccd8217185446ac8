/**
 * The accounting of calls: what is in flight, how long answers take, what fails. On an injected clock; no Spring, no
 * ZooKeeper, no thread of its own.
 *
 * <p>Internal: types that are public here are so for other packages of zk-lb, and may change at any time.
 */
@NullMarked
package io.github.zklb.calls;

import org.jspecify.annotations.NullMarked;
