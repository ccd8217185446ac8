/**
 * Registers endpoints in ZooKeeper.
 */
@NullMarked
package io.github.zklb.registration;

import org.jspecify.annotations.NullMarked;
