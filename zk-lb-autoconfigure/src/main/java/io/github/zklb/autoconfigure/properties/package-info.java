/**
 * The properties below {@code zk-lb}: bound, checked, and looked at again when they change.
 *
 * <p>Internal: types that are public here are so for other packages of zk-lb, and may change at any time.
 */
@NullMarked
package io.github.zklb.autoconfigure.properties;

import org.jspecify.annotations.NullMarked;
