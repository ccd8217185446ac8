/** What tests share: real HTTP providers registered in a real ZooKeeper. */
@NullMarked
package io.github.zklb.testing;

import org.jspecify.annotations.NullMarked;
