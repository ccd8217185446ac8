/**
 * WebClient, and HTTP interfaces on it.
 */
@NullMarked
package io.github.zklb.springcloud.webclient;

import org.jspecify.annotations.NullMarked;
