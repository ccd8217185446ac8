/** Functions from host set to host set, and guards of them: free of I/O and of a clock of their own. */
@NullMarked
package io.github.zklb.resilience;

import org.jspecify.annotations.NullMarked;
