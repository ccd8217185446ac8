/** An application that calls a service through zk-lb. */
@NullMarked
package io.github.zklb.sample.consumer;

import org.jspecify.annotations.NullMarked;
