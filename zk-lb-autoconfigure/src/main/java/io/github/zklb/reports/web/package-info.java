/**
 * A provider's load report: answers requests that ask for it, on Spring MVC and on WebFlux.
 *
 * <p>Internal: types that are public here are so for other packages of zk-lb, and may change at any time.
 */
@NullMarked
package io.github.zklb.reports.web;

import org.jspecify.annotations.NullMarked;
