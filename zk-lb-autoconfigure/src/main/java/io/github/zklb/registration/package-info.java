/**
 * Registers endpoints in ZooKeeper.
 *
 * <p>Internal: types that are public here are so for other packages of zk-lb, and may change at any time.
 */
@NullMarked
package io.github.zklb.registration;

import org.jspecify.annotations.NullMarked;
