package io.github.zklb.endtoend;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.zklb.testing.ContainerZooKeeper;
import io.github.zklb.testing.FreePorts;
import java.time.Duration;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Live changes and outages on a ZooKeeper in a container, which is killed and started again. */
class ZooKeeperContainerTest {

    @BeforeAll
    static void needsAnEngine() {
        assumeTrue(ContainerZooKeeper.possible(), "no Docker Engine answers: the container tests are skipped");
    }

    @Test
    void eachChangeIsSeenInThePicksWithinASecond() {
        try (ContainerZooKeeper zookeeper = ContainerZooKeeper.start(FreePorts.next())) {
            LiveChanges.areSeen(zookeeper, Duration.ofSeconds(1));
        }
    }

    @Test
    void thirtySecondsWithoutZooKeeperFailNoRequest() {
        try (ContainerZooKeeper zookeeper = ContainerZooKeeper.start(FreePorts.next())) {
            Outages.costNoRequest(zookeeper, Duration.ofSeconds(30));
        }
    }

    @Test
    void anApplicationThatStartsWithoutZooKeeperHealsByItself() {
        try (ContainerZooKeeper zookeeper = ContainerZooKeeper.prepare(FreePorts.next())) {
            Outages.atTheStartAreHealed(zookeeper);
        }
    }
}
