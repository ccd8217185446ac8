/**
 * The model and the extension points of zk-lb: what an endpoint is, and how a strategy turns a set of them into picks.
 * This package depends on the JDK and JSpecify only.
 */
@NullMarked
package io.github.zklb;

import org.jspecify.annotations.NullMarked;
