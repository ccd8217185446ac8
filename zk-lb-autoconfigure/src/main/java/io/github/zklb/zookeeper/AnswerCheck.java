package io.github.zklb.zookeeper;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.curator.framework.CuratorFramework;
import org.apache.zookeeper.KeeperException.Code;

/** Asks whether ZooKeeper answers, and waits for it. */
public final class AnswerCheck {

    private AnswerCheck() {}

    /**
     * Waits until ZooKeeper answers a request of this client.
     *
     * @return whether it did within the time given
     */
    public static boolean answers(CuratorFramework client, Duration atMost) {
        long end = System.nanoTime() + atMost.toNanos();
        try {
            long left = atMost.toNanos();
            while (client.blockUntilConnected(millis(left), TimeUnit.MILLISECONDS)) {
                Code code = exists(client, Math.max(1, end - System.nanoTime()));
                if (code == Code.OK || code == Code.NONODE || code == Code.NOAUTH) {
                    return true;
                }
                left = end - System.nanoTime();
                if (left <= 0 || code == Code.AUTHFAILED) {
                    return false;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (TimeoutException e) {
            return false;
        }
        return false;
    }

    private static Code exists(CuratorFramework client, long nanos) throws InterruptedException, TimeoutException {
        CompletableFuture<Code> answer = new CompletableFuture<>();
        try {
            client.getZookeeperClient()
                    .getZooKeeper()
                    .exists("/", false, (rc, path, context, stat) -> answer.complete(Code.get(rc)), null);
            return answer.get(nanos, TimeUnit.NANOSECONDS);
        } catch (InterruptedException | TimeoutException e) {
            throw e;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        } catch (Exception e) {
            return Code.CONNECTIONLOSS;
        }
    }

    private static int millis(long nanos) {
        return (int) Math.max(1, TimeUnit.NANOSECONDS.toMillis(nanos));
    }
}
