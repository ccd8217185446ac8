package io.github.zklb.endtoend;

import io.github.zklb.testing.InProcessZooKeeper;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Live changes and outages on a ZooKeeper in this process. */
@Execution(ExecutionMode.CONCURRENT)
class InProcessTest {

    @Test
    void eachChangeIsSeenInThePicksWithinASecond() {
        try (InProcessZooKeeper zookeeper = InProcessZooKeeper.start()) {
            LiveChanges.areSeen(zookeeper, Duration.ofSeconds(1));
        }
    }

    @Test
    void thirtySecondsWithoutZooKeeperFailNoRequest() {
        try (InProcessZooKeeper zookeeper = InProcessZooKeeper.start()) {
            Outages.costNoRequest(zookeeper, Duration.ofSeconds(30));
        }
    }

    @Test
    void anApplicationThatStartsWithoutZooKeeperHealsByItself() {
        try (InProcessZooKeeper zookeeper = InProcessZooKeeper.prepare()) {
            Outages.atTheStartAreHealed(zookeeper);
        }
    }
}
