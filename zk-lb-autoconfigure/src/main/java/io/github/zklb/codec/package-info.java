/**
 * What stands in a znode, and what may stand there: JSON in and out, the grammar of hosts, the allow-list, and text of others
 * made fit for logs. Stateless.
 *
 * <p>Internal: types that are public here are so for other packages of zk-lb, and may change at any time.
 */
@NullMarked
package io.github.zklb.codec;

import org.jspecify.annotations.NullMarked;
