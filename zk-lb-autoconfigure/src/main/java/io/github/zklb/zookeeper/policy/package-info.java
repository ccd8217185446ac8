/**
 * Reads operators' overlays from ZooKeeper.
 *
 * <p>Internal: types that are public here are so for other packages of zk-lb, and may change at any time.
 */
@NullMarked
package io.github.zklb.zookeeper.policy;

import org.jspecify.annotations.NullMarked;
