/**
 * What keeps requests away from endpoints that cannot take them: functions from host set to host set and guards of them,
 * the accounting of calls, slow start and the ejection of outliers. State machines on an injected clock; no Spring, no
 * ZooKeeper, no thread of its own.
 */
@NullMarked
package io.github.zklb.resilience;

import org.jspecify.annotations.NullMarked;
