/**
 * The borrowed connection to ZooKeeper: its authentication, its TLS, why there is none, and how the application set it up.
 *
 * <p>Internal: types that are public here are so for other packages of zk-lb, and may change at any time.
 */
@NullMarked
package io.github.zklb.zookeeper;

import org.jspecify.annotations.NullMarked;
