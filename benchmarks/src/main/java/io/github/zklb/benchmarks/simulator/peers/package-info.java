/** Balancers of other libraries in the simulated scenarios. */
@NullMarked
package io.github.zklb.benchmarks.simulator.peers;

import org.jspecify.annotations.NullMarked;
