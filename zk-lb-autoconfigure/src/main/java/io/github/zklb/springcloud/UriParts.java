package io.github.zklb.springcloud;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.springframework.util.StringUtils;

/** Reads single parts of a request's URI, percent-decoded after they are cut out, so that {@code %2F} cuts nothing. */
public final class UriParts {

    private UriParts() {}

    /** The first value of a query parameter, or null if the query has none of that name. A plus sign stays one. */
    static @Nullable String queryParameter(URI uri, String name) {
        String query = uri.getRawQuery();
        if (query == null) {
            return null;
        }
        for (String pair : query.split("&")) {
            int equals = pair.indexOf('=');
            String key = equals < 0 ? pair : pair.substring(0, equals);
            if (decode(key).equals(name)) {
                return equals < 0 ? "" : decode(pair.substring(equals + 1));
            }
        }
        return null;
    }

    /** The segment of the path at an index from 0, or null if the path is shorter. */
    static @Nullable String pathSegment(URI uri, int index) {
        String path = uri.getRawPath();
        if (path == null) {
            return null;
        }
        int start = path.startsWith("/") ? 1 : 0;
        for (int i = 0; i < index; i++) {
            start = path.indexOf('/', start) + 1;
            if (start == 0) {
                return null;
            }
        }
        int end = path.indexOf('/', start);
        return decode(path.substring(start, end < 0 ? path.length() : end));
    }

    /** The host and port as they stand in a URI, or an empty string if it has none. */
    public static String address(URI uri) {
        String authority = uri.getRawAuthority();
        return authority == null ? "" : authority.substring(authority.lastIndexOf('@') + 1);
    }

    private static String decode(String part) {
        return StringUtils.uriDecode(part, StandardCharsets.UTF_8);
    }
}
