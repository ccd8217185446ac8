/** What a pick, a build and a change cost, side by side with other load balancers in one run. */
@NullMarked
package io.github.zklb.benchmarks;

import org.jspecify.annotations.NullMarked;
