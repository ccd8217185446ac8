/**
 * Which endpoints a service has: readings of its directory add up to registrations, what vanished is held for a while, and
 * each state has a reason. Pure but for one worker thread; the directory is read behind {@link
 * io.github.zklb.membership.DirectoryReader}.
 */
@NullMarked
package io.github.zklb.membership;

import org.jspecify.annotations.NullMarked;
