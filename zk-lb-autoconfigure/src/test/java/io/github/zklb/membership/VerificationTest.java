package io.github.zklb.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.zookeeper.membership.ZooKeeperBench;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What is read of a service when nothing was signalled, on a scripted directory and a clock of the test's own. */
class VerificationTest {

    private final ManualWorker worker = new ManualWorker();
    private final ScriptedDirectory directory = new ScriptedDirectory();
    private final ServiceLoop loop = directory.loop(worker);
    private final ServiceMembership membership = loop.membership();

    @Test
    void aNewNodeThatNoWatchToldIsSeenAtTheResyncInterval() {
        load("a", "b", "c", "d");
        directory.put("e", "unseen");
        worker.pass(Duration.ofSeconds(60));
        assertThat(directory.asked).hasSize(2);
        assertThat(directory.asked.get(1)).endsWith(",e");
        assertThat(membership.current().hosts().size()).isEqualTo(5);
    }

    @Test
    void eachNodeIsVerifiedOnceInTheVerifyInterval() {
        load(IntStream.range(0, 100).mapToObj(i -> "h" + i).toArray(String[]::new));
        worker.pass(Duration.ofMinutes(2));
        assertThat(verified()).hasSize(100).doesNotHaveDuplicates();
        assertThat(directory.asked).hasSize(3);
    }

    @Test
    void manyNodesAreVerifiedMoreRarelyAndFewAtATime() {
        load(IntStream.range(0, 1_000).mapToObj(i -> "h" + i).toArray(String[]::new));
        worker.pass(Duration.ofSeconds(60));
        assertThat(verified()).hasSize(100);
        worker.pass(Duration.ofMinutes(9));
        assertThat(Set.copyOf(verified())).hasSize(1_000);
        assertThat(directory.asked).hasSizeBetween(11, 13);
    }

    @Test
    void whatSomethingSpeaksAgainstIsVerifiedAtOnceButNotAgainAndAgain() {
        load("a", "b");
        worker.pass(Duration.ofSeconds(1));
        directory.put("b", ZooKeeperBench.json("b", "b", 80, Map.of("weight", "0")));
        for (int call = 0; call < 1_000; call++) {
            membership.doubt("b:80");
            worker.pass(Duration.ofMillis(1));
        }
        assertThat(membership.current().hosts().get(1).weight()).isZero();
        assertThat(directory.asked).containsExactly("all", "b");
        worker.pass(Duration.ofSeconds(5));
        membership.doubt("b:80");
        membership.doubt("elsewhere:80");
        worker.run();
        assertThat(directory.asked).containsExactly("all", "b", "b");
    }

    @Test
    void anEventThatNamesTheDirectoryMakesAllOfItDirty() {
        load("a", "b");
        directory.put("b", "b2");
        worker.pass(Duration.ofSeconds(1));
        directory.signal("");
        worker.run();
        assertThat(directory.asked).containsExactly("all", "a,b");
        assertThat(membership.current().hosts().get(1).host()).isEqualTo("b2");
    }

    @Test
    void aDirectoryThatIsNotWatchedIsPolled() {
        directory.watched = false;
        load("a", "b", "c", "d");
        directory.put("e", "unseen");
        worker.pass(Duration.ofSeconds(5));
        assertThat(membership.current().hosts().size()).isEqualTo(5);
        directory.put("a", "a2");
        worker.pass(Duration.ofSeconds(10));
        assertThat(membership.current().hosts().get(0).host()).isEqualTo("a2");
    }

    private void load(String... hosts) {
        for (String host : hosts) {
            directory.put(host, host);
        }
        loop.connected();
        worker.run();
    }

    /** The nodes that were read after the first reading, in their order. */
    private List<String> verified() {
        return directory.asked.stream()
                .skip(1)
                .flatMap(asked -> Stream.of(asked.split(",")))
                .toList();
    }
}
