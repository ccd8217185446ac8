/**
 * Load reports: what a server says of its own load in a response's header, in ORCA's format, and what a client makes of it.
 * Pure; on injected clocks.
 *
 * <p>Internal: types that are public here are so for other packages of zk-lb, and may change at any time.
 */
@NullMarked
package io.github.zklb.reports;

import org.jspecify.annotations.NullMarked;
