/**
 * Reads the directories of services from ZooKeeper.
 *
 * <p>Internal: types that are public here are so for other packages of zk-lb, and may change at any time.
 */
@NullMarked
package io.github.zklb.zookeeper.membership;

import org.jspecify.annotations.NullMarked;
