/**
 * What operators set for a service in ZooKeeper: overlays, each valid until it expires, and what they come to for certain
 * endpoints. Functions and state machines on times that are given to them; no Spring, no ZooKeeper, no thread of its own.
 *
 * <p>Internal: types that are public here are so for other packages of zk-lb, and may change at any time.
 */
@NullMarked
package io.github.zklb.policy;

import org.jspecify.annotations.NullMarked;
