/**
 * What stands in a znode, and what may stand there: JSON in and out, the grammar of hosts, the allow-list, and text of others made fit for logs. Stateless.
 */
@NullMarked
package io.github.zklb.codec;

import org.jspecify.annotations.NullMarked;
