package io.github.zklb.registration;

import io.github.zklb.Endpoint;

/** What is to stand in a node; another object for each time that it is asked for. */
final class Content {

    final Endpoint endpoint;
    final byte[] data;

    Content(Endpoint endpoint, byte[] data) {
        this.endpoint = endpoint;
        this.data = data;
    }
}
