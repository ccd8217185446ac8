/** The demo: runs providers, a consumer and a ZooKeeper in one process, disturbs them and measures what happens. */
@NullMarked
package io.github.zklb.sample.demo;

import org.jspecify.annotations.NullMarked;
