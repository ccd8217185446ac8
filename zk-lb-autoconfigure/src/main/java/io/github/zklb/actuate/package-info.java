/** What an operator sees of zk-lb while it runs. */
@NullMarked
package io.github.zklb.actuate;

import org.jspecify.annotations.NullMarked;
