package io.github.zklb.membership;

import io.github.zklb.Endpoint;
import io.github.zklb.Message;
import io.github.zklb.codec.AllowList;
import io.github.zklb.codec.EndpointDecoder;
import io.github.zklb.codec.EndpointDecoder.Decoded;
import io.github.zklb.codec.EndpointDecoder.InvalidNodeException;
import io.github.zklb.codec.Printable;
import io.github.zklb.membership.Reading.Content;
import io.github.zklb.membership.Reading.DirectoryVersion;
import io.github.zklb.membership.Reading.Listed;
import io.github.zklb.membership.Reading.Missing;
import io.github.zklb.membership.Reading.Node;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What the readings of a service's directory add up to. Immutable, and free of I/O: {@link #relationOf} tells whether a
 * reading can be taken, {@code take} gives the registrations that follow from it.
 *
 * @param parent the newest version seen of the node above the directory
 * @param directory the newest version seen of the directory, or empty while there is none
 * @param byId the registrations by the names of their nodes
 */
record Registrations(
        Optional<DirectoryVersion> parent, Optional<DirectoryVersion> directory, Map<String, Registration> byId) {

    /** Before the first reading. */
    static final Registrations NONE = new Registrations(Optional.empty(), Optional.empty(), Map.of());

    /** How a reading relates to what was seen before. */
    enum Relation {
        /** It can be taken. */
        FOLLOWS,
        /** It shows the ensemble without its former data: a reset. It can be taken, with care. */
        RESETS,
        /** It is older than what was seen: it comes from a server that lags, or from an ensemble that was reset. */
        LAGS,
        /** The directory is another one than before: all of its children have to be read. */
        FALLS_SHORT
    }

    /** How an answer relates to what was seen before. */
    Relation relationOf(Reading answer) {
        return answer instanceof Listed listed ? relationOf(listed) : relationOf((Missing) answer);
    }

    private Relation relationOf(Missing missing) {
        if (directory.isEmpty()) {
            return Relation.FOLLOWS;
        }
        if (isOtherParent(missing.parent())) {
            return Relation.RESETS;
        }
        // The deletion changed the parent's list of children, and it came after the creation.
        long created = directory.get().created();
        boolean stillToBeCreated = missing.parent()
                .map(DirectoryVersion::changed)
                .filter(changed -> changed <= created)
                .isPresent();
        return stillToBeCreated || isOlderParent(missing.parent()) ? Relation.LAGS : Relation.FOLLOWS;
    }

    private Relation relationOf(Listed listed) {
        Map<String, Node> nodes = listed.nodes();
        boolean full = nodes.keySet().containsAll(listed.ids());
        boolean known = listed.ids().stream().allMatch(id -> nodes.containsKey(id) || byId.containsKey(id));
        boolean other = directory
                .filter(seen -> seen.created() != listed.directory().created())
                .isPresent();
        boolean reset = listed.parent().isPresent() && isOtherParent(listed.parent());
        if (!full && (other || reset || !known)) {
            return Relation.FALLS_SHORT;
        }
        if (reset) {
            return Relation.RESETS;
        }
        return isOlderParent(listed.parent()) || isOlder(listed) ? Relation.LAGS : Relation.FOLLOWS;
    }

    private boolean isOtherParent(Optional<DirectoryVersion> above) {
        return parent.isPresent()
                && !above.map(DirectoryVersion::created).equals(parent.map(DirectoryVersion::created));
    }

    private boolean isOlderParent(Optional<DirectoryVersion> above) {
        return above.isPresent()
                && parent.isPresent()
                && above.get().changed() < parent.get().changed();
    }

    private boolean isOlder(Listed listed) {
        if (directory.isEmpty()) {
            return false;
        }
        DirectoryVersion seen = directory.get();
        DirectoryVersion now = listed.directory();
        if (now.created() != seen.created()) {
            return now.created() < seen.created();
        }
        return now.changed() < seen.changed()
                || listed.nodes().entrySet().stream().anyMatch(entry -> isOlder(entry.getKey(), entry.getValue()));
    }

    private boolean isOlder(String id, Node node) {
        Registration known = byId.get(id);
        return known != null
                && node instanceof Content content
                && (content.created() < known.created() || content.modified() < known.modified());
    }

    /** The same registrations before a reading that resets their history: no version of theirs means anything any more. */
    Registrations outOfHistory() {
        Map<String, Registration> forgotten = new HashMap<>();
        byId.forEach((id, registration) -> forgotten.put(id, registration.outOfHistory()));
        return new Registrations(Optional.empty(), Optional.empty(), Map.copyOf(forgotten));
    }

    /**
     * The registrations that follow from an answer.
     *
     * @param allowed the hosts and ports that a node may name, and what counts at all
     * @param remarks is told what is odd about a node, once for each version of it
     */
    Registrations take(Reading answer, AllowList allowed, Consumer<String> remarks) {
        if (!(answer instanceof Listed listed)) {
            return new Registrations(((Missing) answer).parent(), Optional.empty(), Map.of());
        }
        Map<String, Registration> next = new HashMap<>();
        for (String id : listed.ids()) {
            Registration known = byId.getOrDefault(id, Registration.UNREAD);
            Node read = listed.nodes().get(id);
            next.put(id, read == null ? known : registration(id, known, read, allowed, remarks));
        }
        // A parent may vanish and return together with its empty directories: what was seen before says nothing then.
        Optional<DirectoryVersion> above =
                directory.isEmpty() ? listed.parent() : listed.parent().or(this::parent);
        return new Registrations(above, Optional.of(listed.directory()), Map.copyOf(next));
    }

    private Registration registration(
            String id, Registration known, Node read, AllowList allowed, Consumer<String> remarks) {
        if (!(read instanceof Content content)) {
            if (!byId.containsKey(id) || known.modified() != Registration.UNKNOWN) {
                remarks.accept(Message.A_NODE_THAT_MAY_NOT_BE_READ.of(
                        subject(id, known) + ": this client may not read it; grant it READ"));
            }
            return known.unread();
        }
        if (known.created() == content.created() && known.modified() == content.modified()) {
            return known;
        }
        try {
            Decoded decoded = EndpointDecoder.decode(id, content.json().bytes());
            allowed.check(decoded.endpoint());
            decoded.remarks()
                    .forEach(remark -> remarks.accept(Message.A_NODE_WITH_A_VALUE_THAT_DOES_NOT_COUNT.of(
                            "node " + Printable.of(id) + ": " + remark)));
            return new Registration(content.created(), content.modified(), decoded.endpoint(), true);
        } catch (InvalidNodeException e) {
            if (e.isForeign() || content.perhapsDirectory()) {
                return new Registration(content.created(), content.modified(), null, true);
            }
            remarks.accept(Message.A_NODE_THAT_CANNOT_BE_USED.of(subject(id, known) + ": " + e.getMessage()));
            return new Registration(content.created(), content.modified(), known.endpoint(), false);
        }
    }

    private static String subject(String id, Registration known) {
        return "node " + Printable.of(id) + (known.endpoint() == null ? " is skipped" : " keeps its last valid value");
    }

    /** The names of the nodes that this client may not read. */
    Set<String> unreadable() {
        return ids(each -> each.modified() == Registration.UNKNOWN && !each.valid());
    }

    /** The names of the nodes whose endpoints are at some addresses. */
    Set<String> idsAt(Set<String> addresses) {
        return ids(each ->
                each.endpoint() != null && addresses.contains(each.endpoint().address()));
    }

    private Set<String> ids(Predicate<Registration> wanted) {
        return byId.entrySet().stream()
                .filter(entry -> wanted.test(entry.getValue()))
                .map(Map.Entry::getKey)
                .collect(Collectors.toUnmodifiableSet());
    }

    /** How many nodes have no valid content at present, or cannot be read. */
    int invalid() {
        return (int) byId.values().stream()
                .filter(registration -> !registration.valid())
                .count();
    }

    /**
     * A child of a service's directory, as it was last read.
     *
     * @param created the zxid of the node's creation, or {@link #UNKNOWN}
     * @param modified the zxid of the last change of its data, or {@link #UNKNOWN}
     * @param endpoint the endpoint of its last valid content, or null if it never had any
     * @param valid whether it could be read and its content is valid
     */
    record Registration(
            long created, long modified, @Nullable Endpoint endpoint, boolean valid) {

        /** Less than any zxid. */
        static final long UNKNOWN = -1;

        /** A node that was never readable. */
        static final Registration UNREAD = new Registration(UNKNOWN, UNKNOWN, null, false);

        /** The same registration, whose content has to be looked at again whatever its version. */
        Registration unread() {
            return new Registration(created, UNKNOWN, endpoint, false);
        }

        /** The same registration, from a history that is over. */
        Registration outOfHistory() {
            return new Registration(UNKNOWN, UNKNOWN, endpoint, valid);
        }

        /** Whether this one was registered after the other; of two from one transaction, the greater id counts as later. */
        boolean isNewerThan(Registration other) {
            if (created != other.created || endpoint == null || other.endpoint == null) {
                return created > other.created;
            }
            return endpoint.id().compareTo(other.endpoint.id()) > 0;
        }
    }
}
