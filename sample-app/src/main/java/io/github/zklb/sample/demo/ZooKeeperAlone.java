package io.github.zklb.sample.demo;

import java.util.concurrent.CountDownLatch;
import org.springframework.boot.logging.LoggingSystem;

/** A ZooKeeper server for trying things out. It and its data last as long as the process. */
public final class ZooKeeperAlone {

    private ZooKeeperAlone() {}

    /** Serves on the given port, and does not return. */
    public static void run(int port) throws Exception {
        LoggingSystem.get(ZooKeeperAlone.class.getClassLoader()).beforeInitialize(); // silent, as in the demo
        EmbeddedZooKeeper zookeeper = new EmbeddedZooKeeper(port);
        Runtime.getRuntime().addShutdownHook(new Thread(zookeeper::close));
        System.out.println("ZooKeeper runs at " + zookeeper.address());
        new CountDownLatch(1).await();
    }
}
