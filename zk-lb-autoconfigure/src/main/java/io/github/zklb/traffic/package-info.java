/**
 * What stands between the registered endpoints and the strategy: which endpoints serve, slow start and the ejection of
 * outliers. Functions and state machines on an injected clock; no Spring, no ZooKeeper, no thread of its own.
 *
 * <p>Internal: types that are public here are so for other packages of zk-lb, and may change at any time.
 */
@NullMarked
package io.github.zklb.traffic;

import org.jspecify.annotations.NullMarked;
