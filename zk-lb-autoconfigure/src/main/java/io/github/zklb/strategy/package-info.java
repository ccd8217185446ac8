/**
 * The selection algorithms behind one public catalogue. Each strategy is one class and one line in {@link
 * io.github.zklb.strategy.StrategyCatalogue}; none knows where endpoints come from.
 */
@NullMarked
package io.github.zklb.strategy;

import org.jspecify.annotations.NullMarked;
