package io.github.zklb.actuate.overlays;

import static io.github.zklb.actuate.overlays.RefusedRequestException.BAD_REQUEST;
import static io.github.zklb.actuate.overlays.RefusedRequestException.CONFLICT;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.Message;
import io.github.zklb.codec.Printable;
import io.github.zklb.policy.Overlay;
import io.github.zklb.policy.OverlayDraft;
import io.github.zklb.policy.OverlayDraft.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.convert.DurationStyle;

/**
 * What somebody asks to be set or ended, in flat fields, each of which is checked here.
 *
 * @param fields what was given, by name; null for what was not
 */
record OverlayQuestion(Map<String, @Nullable Object> fields) {

    static final String ID = "id";
    static final String WEIGHT = "weightPercent";
    static final String DRAIN = "drain";
    static final String TTL = "ttl";
    static final String REASON = "reason";
    static final String VERSION = "expectedVersion";
    static final String PREVIEW = "preview";

    private static final Duration SHORTEST = Duration.ofSeconds(1);
    private static final long MOST_VERSION = 999_999_999_999_999_999L;

    private @Nullable String text(String name) throws RefusedRequestException {
        Object given = fields.get(name);
        if (given == null) {
            return null;
        }
        if (!(given instanceof String text) || text.isBlank()) {
            throw refused(name, "be one text", given);
        }
        return text;
    }

    private static RefusedRequestException refused(String name, String requirement, Object given) {
        return new RefusedRequestException(
                BAD_REQUEST, name + " must " + requirement + " but was '" + Printable.of(given.toString()) + "'");
    }

    private static RefusedRequestException refused(String why) {
        return new RefusedRequestException(BAD_REQUEST, why);
    }

    private boolean flag(String name) throws RefusedRequestException {
        String text = text(name);
        if (text != null && !text.equals("true") && !text.equals("false")) {
            throw refused(name, "be true or false", text);
        }
        return Boolean.parseBoolean(text);
    }

    private @Nullable Long whole(String name, long least, long most) throws RefusedRequestException {
        String text = text(name);
        if (text == null) {
            return null;
        }
        boolean isNumber = text.matches("-?\\d{1,18}");
        long number = isNumber ? Long.parseLong(text) : 0;
        if (!isNumber || number < least || number > most) {
            throw refused(name, "be a whole number from " + least + " to " + most, text);
        }
        return number;
    }

    boolean isPreview() throws RefusedRequestException {
        return flag(PREVIEW);
    }

    /** Null for any. */
    @Nullable Long expectedVersion(long least) throws RefusedRequestException {
        return whole(VERSION, least, MOST_VERSION);
    }

    Duration ttl(Duration most) throws RefusedRequestException {
        String text = text(TTL);
        String range = "from 1s to zk-lb.policy.max-ttl, which is " + most;
        if (text == null) {
            throw refused("ttl is missing: say how long it is to last, such as 30m, " + range);
        }
        if (text.matches("[+-]?\\d+")) {
            throw refused(TTL, "have a unit, as 30m has: ms, s, m, h or d,", text);
        }
        Duration ttl;
        try {
            ttl = DurationStyle.detectAndParse(text);
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw refused(TTL, "be a duration such as 30m, " + range, text);
        }
        if (ttl.compareTo(SHORTEST) < 0 || ttl.compareTo(most) > 0) {
            throw refused(TTL, "be " + range, text);
        }
        return ttl;
    }

    private static String name(Kind kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    private Kind kind() throws RefusedRequestException {
        List<Kind> kinds = new ArrayList<>();
        for (Kind each : Kind.values()) {
            if (text(name(each)) != null) {
                kinds.add(each);
            }
        }
        if (kinds.size() != 1) {
            throw refused("say whom it is about by one of endpoint, zone and version, not by "
                    + (kinds.isEmpty() ? "none" : "several"));
        }
        return kinds.get(0);
    }

    /** The name of the node of what is asked for, whether there is any or not. */
    String node() throws RefusedRequestException {
        Kind kind = kind();
        return OverlayDraft.name(kind, String.valueOf(text(name(kind))));
    }

    /**
     * What is to be written.
     *
     * @param hosts the service's endpoints, with the weights that they declare
     * @param zoneKey the metadata key by which they name their zones
     */
    OverlayDraft draft(String author, HostSet hosts, String zoneKey) throws RefusedRequestException {
        Kind kind = kind();
        String value = String.valueOf(text(name(kind)));
        Long percent = whole(WEIGHT, 0, Overlay.MOST_PERCENT);
        boolean drain = flag(DRAIN);
        if (!drain && text(DRAIN) != null) {
            throw refused("drain must be true; send DELETE to end what it does");
        }
        if (!drain && percent == null) {
            throw refused("say what to set: weightPercent, from 0 to " + Overlay.MOST_PERCENT + ", or drain=true");
        }
        String id = text(ID);
        if (kind != Kind.ENDPOINT && id != null) {
            throw refused("id goes with endpoint only");
        }
        Overlay.Target target = switch (kind) {
            case ENDPOINT -> new Overlay.AtAddress(value, null);
            case ZONE -> new Overlay.InZone(value);
            case VERSION -> new Overlay.WithMetadata(Map.of("version", value));
        };
        HostSet meant = hosts.filter(each -> target.matches(each, zoneKey));
        if (meant.isEmpty()) {
            throw refused("no endpoint of the service has the " + name(kind) + " '" + Printable.of(value)
                    + "': GET /actuator/zklb/{service} shows them");
        }
        String registered = kind == Kind.ENDPOINT ? registered(meant, id) : null;
        return new OverlayDraft(
                kind, value, registered, percent == null ? null : percent.intValue(), drain, author, text(REASON));
    }

    private static String registered(HostSet meant, @Nullable String id) throws RefusedRequestException {
        Endpoint there = meant.endpoints().get(0);
        if (id != null && !id.equals(there.id())) {
            throw new RefusedRequestException(
                    CONFLICT,
                    Message.SOMETHING_ELSE_IS_THERE.of("the registration with the id '" + Printable.of(id)
                            + "' is not there any more, but " + Printable.of(there.id()) + " is"));
        }
        return there.id();
    }
}
