/** The meters of the services, and the strategy's name in Spring's own. */
@NullMarked
package io.github.zklb.actuate.metrics;

import org.jspecify.annotations.NullMarked;
