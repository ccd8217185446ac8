/**
 * The membership of services in ZooKeeper: who is registered, read so that no fault of the network or of a node makes
 * the list wrong. The only package that knows Curator.
 */
@NullMarked
package io.github.zklb.zookeeper;

import org.jspecify.annotations.NullMarked;
