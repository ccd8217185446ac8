@NullMarked
package io.github.zklb.zookeeper;

import org.jspecify.annotations.NullMarked;
