package io.github.zklb.policy;

import io.github.zklb.codec.Printable;
import io.github.zklb.policy.SettingLayers.Layer;
import java.time.Instant;
import java.util.Comparator;
import java.util.regex.Pattern;

/**
 * A node that holds an overlay, or is meant to. Immutable.
 *
 * @param ofAll whether it is among those of all services
 * @param name its name in its directory
 * @param created the zxid that created it
 * @param modified the zxid that wrote its content
 * @param writtenAt when that was, by ZooKeeper's clock
 * @param content what it says
 */
public record OverlayNode(boolean ofAll, String name, long created, long modified, Instant writtenAt, Content content) {

    /** The name of the directory of the overlays of all services. No service has it: its underscore would be encoded. */
    public static final String ALL = "_all";

    /** So many overlays of a directory are read, the first by name. */
    public static final int MOST = 128;

    private static final Pattern NAMES = Pattern.compile("[a-z0-9-]{1,64}");

    /** Of several that set the same for an endpoint, the last one counts. */
    static final Comparator<Counting> ORDER = Comparator.<Counting>comparingInt(
                    each -> each.node.ofAll ? 0 : each.overlay.target().level())
            .thenComparingLong(each -> each.node.modified)
            .thenComparing(each -> each.node.name);

    /** What a node says. */
    public sealed interface Content permits Overlay, Invalid {}

    /** Nothing that can be understood. */
    public record Invalid(String why) implements Content {}

    /** An overlay that is valid at present, with the node that it comes from. */
    public record Counting(OverlayNode node, Overlay overlay) {

        /** What it sets, for whom and why, fit for a log. */
        public String words() {
            String author = overlay.author();
            return what() + " until " + overlay.expires()
                    + (author == null ? "" : ", by " + Printable.of(author) + " as the node says") + why();
        }

        /** What it sets and for whom, fit for a log. */
        public String what() {
            Integer percent = overlay.weightPercent();
            String settings = SettingLayers.words(overlay.settings());
            return (percent == null ? "" : "weight " + percent + " % ")
                    + (overlay.drain() ? "drain " : "")
                    + (settings.isEmpty() ? "" : Printable.of(settings) + ' ')
                    + "of " + Printable.of(overlay.target().words());
        }

        /** Why, fit for the end of a line of a log; empty if that is not told. */
        public String why() {
            String reason = overlay.reason();
            return reason == null ? "" : ": " + Printable.of(reason);
        }

        /** What it sets of the service's settings. */
        Layer layer() {
            String author = overlay.author();
            return new Layer(
                    overlay.settings(),
                    Printable.of("the overlay " + node.id()
                            + (author == null ? "" : ", by " + author + " as the node says") + ", until "
                            + overlay.expires()));
        }
    }

    /** One content of a node. */
    public record Version(String id, long modified) {}

    /** Whether an overlay's node may have this name. */
    public static boolean isName(String name) {
        return NAMES.matcher(name).matches();
    }

    /** Its name, and where it is among those of all services, their directory in front of it. */
    public String id() {
        return ofAll ? ALL + '/' + name : name;
    }

    /** Its content, as what is said of overlays names it. */
    public Version contentVersion() {
        return new Version(id(), modified);
    }
}
