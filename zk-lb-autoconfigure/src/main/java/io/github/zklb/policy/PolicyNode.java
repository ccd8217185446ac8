package io.github.zklb.policy;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The node in which the owner of a service says how its clients are to balance it, or is meant to. Immutable.
 *
 * @param path where it stands
 * @param created the zxid that created it
 * @param modified the zxid that wrote its content
 * @param version how many times its content was written since it was created
 * @param writtenAt when that was, by ZooKeeper's clock
 * @param content what it says to this client
 */
public record PolicyNode(String path, long created, long modified, int version, Instant writtenAt, Content content) {

    /** What a node says. */
    public sealed interface Content {}

    /**
     * The first entry that this client understands.
     *
     * @param entry its number, from 1
     * @param settings texts by the names of properties below {@code zk-lb}
     * @param author who says that it is theirs; null if nobody does
     * @param reason why it is there; null if that is not told
     * @param skipped why it does not understand the entries before
     */
    public record Entry(
            int entry,
            Map<String, String> settings,
            @Nullable String author,
            @Nullable String reason,
            List<String> skipped)
            implements Content {

        /** The names of the properties that it sets; a list, or a map with such keys, is one. */
        public List<String> names() {
            return settings.keySet().stream()
                    .map(each -> each.replaceFirst("\\[.*", ""))
                    .distinct()
                    .toList();
        }
    }

    /** Nothing that this client understands. */
    public record Invalid(String why) implements Content {}

    /** The same node when its content cannot be had: by which zxid that is written is not known either. */
    public PolicyNode unread(String why) {
        return new PolicyNode(path, created, 0, version, writtenAt, new Invalid(why));
    }
}
