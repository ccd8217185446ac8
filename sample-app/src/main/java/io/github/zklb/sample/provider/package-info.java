/** A service as it is written without zk-lb in mind. */
@NullMarked
package io.github.zklb.sample.provider;

import org.jspecify.annotations.NullMarked;
