/** The sample: its entry point. */
@NullMarked
package io.github.zklb.sample;

import org.jspecify.annotations.NullMarked;
