/**
 * What stands between the registered endpoints and the strategy: which endpoints serve, the accounting of calls, slow start and
 * the ejection of outliers. Functions and state machines on an injected clock; no Spring, no ZooKeeper, no thread of its own.
 */
@NullMarked
package io.github.zklb.traffic;

import org.jspecify.annotations.NullMarked;
