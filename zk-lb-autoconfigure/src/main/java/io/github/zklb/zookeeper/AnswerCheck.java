package io.github.zklb.zookeeper;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.zookeeper.KeeperException.Code;

/** Asks whether ZooKeeper answers, and waits for it. */
public final class AnswerCheck {

    private static final Set<Code> ANSWERS = Set.of(Code.OK, Code.NONODE, Code.NOAUTH);

    private AnswerCheck() {}

    /**
     * Waits until ZooKeeper answers a request of this client.
     *
     * @return whether it did within the time given
     */
    public static boolean answers(CuratorFramework client, Duration atMost) {
        long end = System.nanoTime() + atMost.toNanos();
        try {
            for (long left = atMost.toNanos(); left > 0; left = end - System.nanoTime()) {
                Code code = client.blockUntilConnected(millis(left), TimeUnit.MILLISECONDS)
                        ? exists(client, Math.max(1, end - System.nanoTime()))
                        : Code.OPERATIONTIMEOUT;
                if (ANSWERS.contains(code) || code == Code.AUTHFAILED) {
                    return code != Code.AUTHFAILED;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return false;
    }

    private static Code exists(CuratorFramework client, long nanos) throws InterruptedException {
        CompletableFuture<Code> answer = new CompletableFuture<>();
        try {
            client.getZookeeperClient()
                    .getZooKeeper()
                    .exists("/", false, (rc, path, context, stat) -> answer.complete(Code.get(rc)), null);
            return answer.get(nanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
            throw e;
        } catch (Exception e) {
            return Code.CONNECTIONLOSS;
        }
    }

    private static int millis(long nanos) {
        return (int) Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos));
    }
}
