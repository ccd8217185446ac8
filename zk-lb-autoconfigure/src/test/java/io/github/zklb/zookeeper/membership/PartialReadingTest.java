package io.github.zklb.zookeeper.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.membership.DirectoryReader.Known;
import io.github.zklb.membership.Reading.Content;
import io.github.zklb.membership.Reading.Listed;
import io.github.zklb.membership.Reading.Node;
import io.github.zklb.zookeeper.membership.PartialReading.Left;
import io.github.zklb.zookeeper.membership.PartialReading.Order;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.zookeeper.data.Stat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What follows from the directory and some of its nodes: whether its list is still known, and what is left to read. */
class PartialReadingTest {

    private static final long CREATED = 10;
    private static final long CHANGED = 50;
    private static final int CVERSION = 7;

    private static final Stat BEFORE = directory(CREATED, CHANGED, CVERSION, 3);
    private static final Known ABC = new Known(PartialReading.version(BEFORE), Set.of("a", "b", "c"));
    private static final Left NOTHING = new Left(BEFORE, Map.of());

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "nothing has changed, 50, 7, 3, '', '', true, a b c",
        "one came, 60, 8, 4, d:60, '', true, a b c d",
        "one went, 60, 8, 2, '', a, true, b c",
        "one came and one went, 61, 9, 3, d:60, b, true, a c d",
        "one was replaced, 61, 9, 3, a:61, '', true, a b c",
        "one was edited only, 50, 7, 3, a:20, '', true, a b c",
        "one came that was not read, 60, 8, 4, '', '', false, ''",
        "one came and another that was not read, 61, 9, 5, d:60, '', false, ''",
        "one came and another one went that was not read, 61, 9, 3, d:60, '', false, ''",
        "one came and went, 61, 9, 3, '', d, false, ''",
        "one was replaced and another came, 62, 10, 4, a:61, '', false, ''"
    })
    void aListIsKnownIfWhatWasReadAccountsForEveryChange(
            String what,
            long changed,
            int cversion,
            int children,
            String read,
            String gone,
            boolean known,
            String expected) {
        Set<String> marked = new TreeSet<>();
        PartialReading reading = new PartialReading(new Order(false, false, marked, ABC), NOTHING);
        for (String node : words(read)) {
            reading.read(node.substring(0, 1), node(Long.parseLong(node.substring(2))));
        }
        words(gone).forEach(reading::vanished);
        assertThat(reading.isKnown(directory(CREATED, changed, cversion, children)))
                .isEqualTo(known);
        if (known) {
            assertThat(new TreeSet<>(ended(reading).ids())).containsExactlyElementsOf(words(expected));
            assertThat(ended(reading).directory().changed()).isEqualTo(changed);
        }
    }

    @Test
    void aDirectoryThatIsAnotherOneIsListedWhateverItsVersionAndReadWhole() {
        PartialReading reading = new PartialReading(new Order(false, false, Set.of("a"), ABC), NOTHING);
        reading.unread().clear();
        reading.asked(List.of("a"));
        reading.read("a", node(60));
        Stat other = directory(55, 60, CVERSION + 2, 3);
        assertThat(reading.isKnown(other)).isFalse();
        reading.listed(other, List.of("a", "b"));
        assertThat(reading.unread()).containsExactlyInAnyOrder("a", "b");
    }

    @Test
    void whatAReadingHadThatBrokeIsTakenOverIfTheDirectoryIsTheSame() {
        Set<String> all = IntStream.range(0, 1_000).mapToObj(i -> "n" + i).collect(Collectors.toSet());
        Stat stat = directory(CREATED, CHANGED, CVERSION, 1_000);
        PartialReading broken = new PartialReading(new Order(true, true, Set.of(), null), null);
        broken.listed(stat, all);
        IntStream.range(0, 700).forEach(i -> broken.read("n" + i, node(20)));

        PartialReading next = new PartialReading(new Order(true, true, Set.of(), null), broken.left(true));
        next.listed(stat, all);
        assertThat(next.unread()).hasSize(300);
        assertThat(next.carried()).hasSize(700).contains("n0", "n699");

        PartialReading changed = new PartialReading(new Order(true, true, Set.of(), null), broken.left(true));
        changed.listed(directory(CREATED, CHANGED + 1, CVERSION + 1, 1_001), all);
        assertThat(changed.unread()).hasSize(1_000);
        assertThat(changed.carried()).isEmpty();

        PartialReading cutAtOnce = new PartialReading(new Order(true, true, Set.of(), null), broken.left(true));
        assertThat(cutAtOnce.left(true)).isEqualTo(broken.left(true));
        assertThat(cutAtOnce.left(false)).isNull();
    }

    private static Listed ended(PartialReading reading) {
        return reading.reading(Optional.empty()).orElseThrow();
    }

    private static List<String> words(String of) {
        return of.isEmpty() ? List.of() : List.of(of.split(" "));
    }

    private static Node node(long created) {
        return new Content(created, created, () -> new byte[0]);
    }

    private static Stat directory(long created, long changed, int cversion, int children) {
        Stat stat = new Stat();
        stat.setCzxid(created);
        stat.setPzxid(changed);
        stat.setCversion(cversion);
        stat.setNumChildren(children);
        return stat;
    }
}
