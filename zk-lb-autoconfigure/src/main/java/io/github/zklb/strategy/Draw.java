package io.github.zklb.strategy;

import io.github.zklb.Endpoint;

/** Gives one endpoint after the other, whatever the request. Thread-safe; a draw allocates nothing. */
@FunctionalInterface
interface Draw {
    Endpoint next();
}
