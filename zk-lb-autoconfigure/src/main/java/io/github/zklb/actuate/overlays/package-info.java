/** Where an operator writes overlays over HTTP. */
@NullMarked
package io.github.zklb.actuate.overlays;

import org.jspecify.annotations.NullMarked;
