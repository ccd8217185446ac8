package io.github.zklb.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.testing.Consumer;
import io.github.zklb.testing.InProcessZooKeeper;
import io.github.zklb.testing.Provider;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class SteadyStateTest {

    @Test
    void tenThousandCallsCostZooKeeperNothing() {
        try (InProcessZooKeeper zookeeper = InProcessZooKeeper.start();
                Provider a = Provider.start("orders", "a", zookeeper.connectString(), 1);
                Consumer consumer = Consumer.start(zookeeper.connectString())) {
            assertThat(consumer.get("http://orders/")).isEqualTo(a.name());
            String before = withoutPings(zookeeper);
            for (int i = 0; i < 10_000; i++) {
                consumer.get("http://orders/");
            }
            assertThat(withoutPings(zookeeper)).isEqualTo(before);
        }
    }

    /** The last transaction that each session asked for, other than a ping: {@code cons} lists them by session. */
    private static String withoutPings(InProcessZooKeeper zookeeper) {
        StringBuilder sessions = new StringBuilder();
        for (String line : zookeeper.ask("cons").split("\n")) {
            Matcher session = Pattern.compile("sid=(0x\\w+).*lcxid=(0x\\w+)").matcher(line);
            if (session.find()) {
                sessions.append(session.group(1))
                        .append(' ')
                        .append(session.group(2))
                        .append('\n');
            }
        }
        return sessions.toString();
    }
}
