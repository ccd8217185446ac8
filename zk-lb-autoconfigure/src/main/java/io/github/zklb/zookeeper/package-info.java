/**
 * The borrowed connection to ZooKeeper: its authentication, its TLS, and why there is none.
 */
@NullMarked
package io.github.zklb.zookeeper;

import org.jspecify.annotations.NullMarked;
