package io.github.zklb.membership;

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
import io.github.zklb.membership.Reading.Oversized;
import io.github.zklb.membership.Reading.Versioned;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * What the readings of a service's directory add up to. Immutable, and free of I/O: {@link #relationOf} tells whether a
 * reading can be taken, {@code take} gives the registrations that follow from it.
 *
 * @param parent the newest version seen of the node above the directory
 * @param directory the newest version seen of the directory, or empty while there is none
 * @param byId the registrations by the names of their nodes
 */
public record Registrations(
        Optional<DirectoryVersion> parent, Optional<DirectoryVersion> directory, Map<String, Registration> byId) {

    /** Before the first reading. */
    public static final Registrations NONE = new Registrations(Optional.empty(), Optional.empty(), Map.of());

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

    /** How an answer that there is no directory relates to what was seen before. */
    Relation relationOf(Missing missing) {
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

    /** How a listing relates to what was seen before. */
    Relation relationOf(Listed listed) {
        boolean full = listed.nodes().keySet().containsAll(listed.ids());
        boolean other = directory
                .filter(seen -> seen.created() != listed.directory().created())
                .isPresent();
        boolean reset = listed.parent().isPresent() && isOtherParent(listed.parent());
        if (!full && (other || reset || !byId.keySet().containsAll(unread(listed)))) {
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
                && node instanceof Versioned versioned
                && (versioned.created() < known.created() || versioned.modified() < known.modified());
    }

    private static Set<String> unread(Listed listed) {
        Set<String> unread = new HashSet<>(listed.ids());
        unread.removeAll(listed.nodes().keySet());
        return unread;
    }

    /** The same registrations before a reading that resets their history: no version of theirs means anything any more. */
    Registrations outOfHistory() {
        Map<String, Registration> forgotten = new HashMap<>();
        byId.forEach((id, registration) -> forgotten.put(id, registration.outOfHistory()));
        return new Registrations(Optional.empty(), Optional.empty(), Map.copyOf(forgotten));
    }

    /** The registrations that follow from an answer that there is no directory. */
    public Registrations take(Missing missing) {
        return new Registrations(missing.parent(), Optional.empty(), Map.of());
    }

    /**
     * The registrations that follow from a listing.
     *
     * @param allowed the hosts and ports that a node may name
     * @param remarks is told what is odd about a node, once for each version of it
     */
    public Registrations take(Listed listed, AllowList allowed, Consumer<String> remarks) {
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
        if (!(read instanceof Versioned version)) {
            if (!byId.containsKey(id) || known.modified() != Registration.UNKNOWN) {
                remarks.accept(subject(id, known) + ": this client may not read it; grant it READ");
            }
            return known.unread();
        }
        if (known.created() == version.created() && known.modified() == version.modified()) {
            return known;
        }
        try {
            Decoded decoded = decode(id, version);
            Optional<String> refusal = allowed.refusal(decoded.endpoint());
            if (refusal.isPresent()) {
                throw new InvalidNodeException(refusal.get());
            }
            decoded.remarks().forEach(remark -> remarks.accept("node " + Printable.of(id) + ": " + remark));
            return new Registration(version.created(), version.modified(), decoded.endpoint(), true);
        } catch (InvalidNodeException e) {
            remarks.accept(subject(id, known) + ": " + e.getMessage());
            return new Registration(version.created(), version.modified(), known.endpoint(), false);
        }
    }

    private static Decoded decode(String id, Versioned version) throws InvalidNodeException {
        if (version instanceof Content content) {
            return EndpointDecoder.decode(id, content.data());
        }
        int bytes = version instanceof Oversized oversized ? oversized.bytes() : 0;
        throw new InvalidNodeException("it has " + bytes + " bytes, too many for this client (jute.maxbuffer)");
    }

    private static String subject(String id, Registration known) {
        return "node " + Printable.of(id) + (known.endpoint() == null ? " is skipped" : " keeps its last valid value");
    }

    /** The names of the nodes that this client may not read. */
    Set<String> unreadable() {
        return byId.entrySet().stream()
                .filter(entry -> entry.getValue().modified() == Registration.UNKNOWN
                        && !entry.getValue().valid())
                .map(Map.Entry::getKey)
                .collect(Collectors.toUnmodifiableSet());
    }

    /** How many nodes have no valid content at present, or cannot be read. */
    int invalid() {
        return (int) byId.values().stream()
                .filter(registration -> !registration.valid())
                .count();
    }
}
