/**
 * One engine for each service: what the membership says, what the settings ask for and what the calls tell is worked into
 * snapshots, which requests read. Knows neither Spring nor Reactor nor Curator.
 */
@NullMarked
package io.github.zklb.engine;

import org.jspecify.annotations.NullMarked;
