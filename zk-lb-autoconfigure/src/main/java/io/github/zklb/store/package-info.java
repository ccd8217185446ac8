/**
 * The last good endpoints of each service, in files.
 */
@NullMarked
package io.github.zklb.store;

import org.jspecify.annotations.NullMarked;
