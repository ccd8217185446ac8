/**
 * Reads the directories of services from ZooKeeper.
 */
@NullMarked
package io.github.zklb.zookeeper.membership;

import org.jspecify.annotations.NullMarked;
