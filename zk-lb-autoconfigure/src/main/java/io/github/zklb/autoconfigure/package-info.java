/** The auto-configuration and the properties below {@code zk-lb}. */
@NullMarked
package io.github.zklb.autoconfigure;

import org.jspecify.annotations.NullMarked;
