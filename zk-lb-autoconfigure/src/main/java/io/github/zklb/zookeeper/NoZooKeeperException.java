package io.github.zklb.zookeeper;

import java.io.Serial;

/** ZooKeeper does not answer an application that is not to start without. */
public final class NoZooKeeperException extends RuntimeException {

    @Serial
    private static final long serialVersionUID = 1L;

    public NoZooKeeperException(String message) {
        super(message);
    }
}
