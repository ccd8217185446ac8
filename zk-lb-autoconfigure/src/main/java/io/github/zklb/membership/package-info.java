/**
 * Which endpoints a service has: readings of its directory add up to registrations, what vanished is held for a while, and
 * each state has a reason. Pure but for one worker thread; the directory is read behind {@link
 * io.github.zklb.membership.DirectoryReader}.
 *
 * <p>Internal: types that are public here are so for other packages of zk-lb, and may change at any time.
 */
@NullMarked
package io.github.zklb.membership;

import org.jspecify.annotations.NullMarked;
