@NullMarked
package io.github.zklb.resilience;

import org.jspecify.annotations.NullMarked;
