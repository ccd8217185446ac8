package io.github.zklb.zookeeper;

import io.github.zklb.InvalidSettingException;
import io.github.zklb.codec.Printable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.curator.framework.AuthInfo;
import org.apache.curator.framework.CuratorFrameworkFactory;

/**
 * What a client shows ZooKeeper to be known by it. The secret is in no message and not in {@link #toString}.
 *
 * @param scheme ZooKeeper's authentication scheme
 * @param secret what the scheme wants; for digest {@code user:password}
 */
public record ClientAuthentication(String scheme, String secret) {

    private static final String PROPERTY = "zookeeper.auth";

    /**
     * Reads {@code scheme:secret}.
     *
     * @throws InvalidSettingException if the text is not of that form; the message does not repeat it
     */
    public static ClientAuthentication parse(String text) {
        int colon = text.indexOf(':');
        if (colon < 1 || colon == text.length() - 1) {
            throw new InvalidSettingException(
                    PROPERTY, "SCHEME:SECRET, such as digest:USER:PASSWORD", "something else");
        }
        ClientAuthentication parsed = new ClientAuthentication(text.substring(0, colon), text.substring(colon + 1));
        if (parsed.isDigest() && parsed.secret.indexOf(':') < 1) {
            throw new InvalidSettingException(PROPERTY, "digest:USER:PASSWORD", "a digest without user or password");
        }
        return parsed;
    }

    /** Adds this authentication to those that the client has already. */
    void applyTo(CuratorFrameworkFactory.Builder builder) {
        List<AuthInfo> before = builder.getAuthInfos() == null ? List.of() : builder.getAuthInfos();
        List<AuthInfo> all = new ArrayList<>(before);
        all.add(new AuthInfo(scheme, secret.getBytes(StandardCharsets.UTF_8)));
        builder.authorization(all);
    }

    /** As whom the client asks, in words that are safe in a log. */
    String identity() {
        return isDigest()
                ? "digest user '" + Printable.of(secret.substring(0, secret.indexOf(':'))) + "'"
                : "scheme '" + Printable.of(scheme) + "'";
    }

    private boolean isDigest() {
        return scheme.equals("digest");
    }

    @Override
    public String toString() {
        return scheme + ":******";
    }
}
