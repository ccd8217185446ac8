package io.github.zklb;

import java.util.Locale;
import java.util.regex.Pattern;

/**
 * The messages that ask for somebody's attention. Each ends with its name, under which docs/operate/messages.md says what caused it
 * and what to do.
 *
 * <p>Internal: for other packages of zk-lb, and may change at any time. The names that texts end with stay.
 */
public enum Message {
    // A call fails: no instance
    NONE_OF_THE_ROUTES_GROUP,
    NOT_LOADED,
    NO_SUCH_SERVICE_YET,
    NONE_IS_REGISTERED,
    NONE_THAT_SERVES,
    DENIED,
    NO_HASH_KEY,
    NO_PICKER_YET,
    NO_LIST_YET,
    NONE_IS_PICKED,
    SUPPLIERS_LEFT_NONE,
    NO_OTHER_REGISTRY_HAS_ONE,
    ANOTHER_REGISTRY_KNOWS_THE_SERVICE,

    // ZooKeeper
    MAY_BE_OUT_OF_DATE,
    SERVED_AS_IT_WAS_STORED,
    CANNOT_BE_USED,
    REFUSES_THIS_CLIENTS_AUTHENTICATION,
    CERTIFICATE_NOT_SIGNED_BY_A_TRUSTED_AUTHORITY,
    CERTIFICATE_NOT_VALID_NOW,
    CERTIFICATE_NOT_ACCEPTED,
    THE_SERVER_DOES_NOT_ANSWER_WITH_TLS,
    THE_CLIENTS_CERTIFICATE,
    NO_PERSISTENT_WATCHES,
    NO_ANSWER_AT_THE_START,
    AN_SSL_BUNDLE_THAT_CANNOT_BE_USED,

    // Registrations
    LOST_TOO_MANY_ENDPOINTS_AT_ONCE,
    A_NODE_THAT_CANNOT_BE_USED,
    A_NODE_THAT_MAY_NOT_BE_READ,
    A_NODE_WITH_A_VALUE_THAT_DOES_NOT_COUNT,
    A_HOST_OR_PORT_OUTSIDE_OF_THE_ALLOW_LIST,
    A_WEIGHT_OUT_OF_ALL_PROPORTION,
    KEYS_MAY_MOVE_AT_THE_NEXT_CHANGE,
    RINGS_HAVE_TOO_MANY_POINTS,
    REPLACED_BY_ANOTHER_PROCESS,
    NOT_REGISTERED_ANY_MORE,
    A_REGISTRATION_THAT_IS_TOO_LARGE,

    // Settings
    A_PROPERTY_THAT_NOTHING_READS,
    A_KEY_THAT_NEEDS_BRACKETS,
    A_VERSION_THAT_IS_A_NUMBER,
    A_SERVICE_THAT_ZOOKEEPER_DOES_NOT_HAVE,
    A_SERVICE_ID_THAT_IS_NO_HOST_NAME,
    A_VALUE_THAT_CANNOT_BE,
    SETTINGS_THAT_STAY,
    A_STRATEGY_WITH_A_NAME_THAT_IS_TAKEN,
    NOT_ALL_SERVICES_WERE_READY,
    A_STORE_THAT_CANNOT_BE_WRITTEN,
    A_STORED_LIST_THAT_IS_IGNORED,
    A_CACHE_IN_A_CHAIN_OF_SUPPLIERS,
    A_SUPPLIER_THAT_MEANS_NOTHING,
    ANOTHER_REGISTRY_CANNOT_BE_ASKED,
    WHAT_A_BEAN_CHANGES_IS_NOT_SEEN,
    ZONES_DO_NOT_COUNT,

    // The application's own registration
    A_DELAY_LONGER_THAN_THE_SHUTDOWN_PHASE,
    A_STATUS_THAT_IS_NOT_WRITTEN_YET,
    A_WARM_UP_THAT_DOES_NOT_END,
    A_WARM_UP_THAT_FAILED,
    IT_COULD_NOT_LEAVE_IN_ORDER,

    // Overlays and load reports
    OVERLAYS_CANNOT_BE_READ,
    EVERYBODY_MAY_WRITE_OVERLAYS,
    EVERYBODY_MAY_WRITE_POLICIES,
    TOO_MANY_OVERLAYS,
    AN_OVERLAY_IS_REFUSED,
    AN_OVERLAY_IS_INVALID,
    A_POLICY_IS_INVALID,
    CLOCKS_DIFFER,
    NOBODY_IS_LOGGED_IN,
    A_SERVICE_THAT_IS_NOT_WRITABLE,
    ZOOKEEPER_DOES_NOT_LET_THIS_APPLICATION_WRITE,
    ASK_ANOTHER_APPLICATION,
    SOMETHING_ELSE_IS_THERE,
    NO_ROOM_FOR_AN_OVERLAY,
    NOT_POSSIBLE_NOW,
    A_SOURCE_OF_UTILIZATION_FAILS,

    // Faults in code
    A_CHANGE_IS_NOT_WORKED_IN_YET,
    A_LISTENER_FAILED,
    A_READING_FAILED,
    A_TASK_FAILED;

    /** With what the name of a message begins, where it stands in a text. */
    public static final String NAME = "[zk-lb messages#";

    private static final Pattern NAMED = Pattern.compile(".*" + Pattern.quote(NAME) + "[a-z-]+]", Pattern.DOTALL);

    /** The name, as an anchor on the page. */
    public String anchor() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** The text with this name at its end. One that ends with a name already keeps that: what it quotes knows the cause. */
    public String of(String text) {
        return NAMED.matcher(text).matches() ? text : text + ' ' + NAME + anchor() + ']';
    }
}
