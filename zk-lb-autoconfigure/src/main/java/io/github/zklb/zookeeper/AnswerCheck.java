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
        for (long left = atMost.toNanos(); left > 0; left = end - System.nanoTime()) {
            try {
                int millis = (int) Math.max(1, TimeUnit.NANOSECONDS.toMillis(left));
                if (client.blockUntilConnected(millis, TimeUnit.MILLISECONDS)) {
                    Code code = exists(client).get(Math.max(1, end - System.nanoTime()), TimeUnit.NANOSECONDS);
                    if (ANSWERS.contains(code) || code == Code.AUTHFAILED) {
                        return code != Code.AUTHFAILED;
                    }
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            } catch (Exception e) {
                // No answer: it is asked again as long as there is time.
            }
        }
        return false;
    }

    private static CompletableFuture<Code> exists(CuratorFramework client) throws Exception {
        CompletableFuture<Code> answer = new CompletableFuture<>();
        client.getZookeeperClient()
                .getZooKeeper()
                .exists("/", false, (rc, path, context, stat) -> answer.complete(Code.get(rc)), null);
        return answer;
    }
}
