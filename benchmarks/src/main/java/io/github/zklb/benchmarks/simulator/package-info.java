/**
 * What each strategy makes of a fleet with endpoints that are slow, failing or cold: the product's own strategies and
 * accounting, against servers that exist in virtual time only.
 */
@NullMarked
package io.github.zklb.benchmarks.simulator;

import org.jspecify.annotations.NullMarked;
