@NullMarked
package io.github.zklb.sample.demo;

import org.jspecify.annotations.NullMarked;
